"""Accounts, permissions, addons and first set-up."""
