"""What an operator does with an installation: look after it, copy it, move it, tidy it."""
