"""Settlement: who bears discounts, points and vouchers, and what franchisees and headquarters owe each other."""
