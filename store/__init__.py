"""The database of record: tables, migrations, the list of segments."""
