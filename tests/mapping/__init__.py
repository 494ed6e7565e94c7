"""Mappings: what they say, what is said of wrong ones, and the engine beside the reference."""
