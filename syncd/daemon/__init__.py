"""What runs by itself: the clock that lets jobs wait, the workers that do them, and how they are told to stop."""
