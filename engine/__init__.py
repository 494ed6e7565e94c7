"""The relational form as SQL over columns, run by DuckDB; reads and writes every column file."""
