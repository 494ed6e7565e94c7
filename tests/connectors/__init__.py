"""What every connector promises, and the file source."""
