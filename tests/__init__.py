"""The tests of everything."""
