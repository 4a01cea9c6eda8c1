"""The till people stand at, and all about one member on one page."""
