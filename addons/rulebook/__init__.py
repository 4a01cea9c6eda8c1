"""Rule book: HQ's rules, their versions and their trial."""
