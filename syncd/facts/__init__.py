"""Facts: what feeds of transactions, rates and tables brought, as known at a revision."""
