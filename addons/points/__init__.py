"""Points: lots, balances, visits and referrals."""
