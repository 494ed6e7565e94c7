"""What a user sees: each function takes the sight that their roles give, and gives nothing beyond it."""
