"""Killed at every write, and found whole."""
