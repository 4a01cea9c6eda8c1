"""The point-of-sale API: tills of other makers sell, find members and take vouchers under the programme's rules."""
