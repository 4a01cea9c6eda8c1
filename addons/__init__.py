"""One folder an addon."""
