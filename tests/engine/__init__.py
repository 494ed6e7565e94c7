"""The engine: landing pages as segments."""
