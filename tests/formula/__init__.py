"""The small typed language and its canonical forms, by example and by property."""
