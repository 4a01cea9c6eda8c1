"""Data to try the product with: an invented shop, and a real year of a real loyalty programme."""
