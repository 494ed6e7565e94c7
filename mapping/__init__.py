"""From a source's words to ours: a mapping becomes the relational form."""
