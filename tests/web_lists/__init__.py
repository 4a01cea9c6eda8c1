"""What every list and form offers, tried on the small addon of tests/web and on the catalogue."""
