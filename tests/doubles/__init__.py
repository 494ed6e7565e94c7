"""Doubles of vendors' clouds, which refuse what the vendor refuses."""
