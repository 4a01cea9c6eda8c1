"""Tables, sessions, the posting service and migrations."""
