"""The words of the product, and the rules about people over time. Standard library only."""
