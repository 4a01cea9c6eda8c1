"""The whole product at once: every page with every role, in a browser, in every language, with bad input."""
