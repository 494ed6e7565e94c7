"""Facts: what a source says happened, as known at every revision."""
