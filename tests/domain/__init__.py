"""The pure rules about people over time, by example and by property."""
