"""The handbook in the product: the pages of docs/handbook, for everybody who is logged in."""
