"""Reading files: CSV, JSON lines, spreadsheets."""
