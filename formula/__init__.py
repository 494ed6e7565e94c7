"""The small typed language and the relational form: parse, units, checks, Decimal evaluation with its steps."""
