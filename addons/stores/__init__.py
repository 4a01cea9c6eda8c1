"""Stores: brands, regions, franchisees, stores and their staff."""
