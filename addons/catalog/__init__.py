"""Catalogue: styles, products with size and colour, prices and launch days."""
