"""A run of a feed: its lease, what the source says copied into the landing, the newest record of each key."""
