"""From a compared read to proposed changes, and from what people decide to steps and versions."""
