"""What an operator does with an installation."""
