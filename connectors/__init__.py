"""Reading other systems: pages of bytes, and where to go on."""

from connectors.opening import open_source as open_source
