"""The web: JSON API, pages, the outbound-message endpoint. Routes only, no rules."""
