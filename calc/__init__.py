"""Plans, components, crediting and ledger rules: a plan becomes the relational form."""
