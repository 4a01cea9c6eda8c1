"""Vouchers of all kinds: issued in any number, used once, never above their worth."""
