"""Reading other systems: pages of bytes, and where to go on."""
