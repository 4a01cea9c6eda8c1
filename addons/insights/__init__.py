"""What the home page shows by role, and the search over members, receipts and products."""
