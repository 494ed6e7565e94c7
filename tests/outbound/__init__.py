"""An org that tells what has changed: messages, the endpoint, what is looked at then."""
