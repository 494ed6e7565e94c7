"""Reconciliation as an admin meets it: files arrive, days pass, changes are decided, all by the command line."""
