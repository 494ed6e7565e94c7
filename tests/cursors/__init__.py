"""Feeds that are read after a cursor: lateness, crashes, redelivery, deletes, and the state that is folded of them."""
