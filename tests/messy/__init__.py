"""Awkward files of real life, each with a right reading or a clear error."""
