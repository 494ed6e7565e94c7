"""What must be so after any story: history, mirror, counters, and what several do at once."""
