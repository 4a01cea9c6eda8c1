"""Screens for running the product: accounts, the permission matrix, addons, first set-up."""
