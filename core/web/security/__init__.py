"""Accounts, roles, permissions and what protects them."""
