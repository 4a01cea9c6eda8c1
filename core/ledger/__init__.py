"""What all ledgers have in common: entries with a keyed hash, seals over them, and how both are verified."""
