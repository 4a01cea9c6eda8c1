"""Tiers: tier credit, the ladder and its steps."""
