"""Pay: calculated from what is known at one revision, explained, adjusted, closed into the ledger."""
