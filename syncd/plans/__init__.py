"""Plans: read, checked with their examples, published by one person and approved by another."""
