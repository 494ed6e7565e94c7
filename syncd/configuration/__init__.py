"""Reads what a workspace is configured to do, and says all that is wrong with it, with line and column."""
