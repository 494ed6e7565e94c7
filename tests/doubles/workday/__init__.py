"""A double of Workday: workers in two times, their log, reports, tokens, and what goes wrong."""
