"""Committed results written into another system."""
