"""Outbound messages of a Salesforce org: by which paths they come, what is kept of them, and what is then looked at."""
