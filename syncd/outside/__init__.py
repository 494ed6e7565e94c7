"""What goes outside: which causes operators are told of, what a message says, and how it is sent."""
