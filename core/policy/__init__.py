"""The rule book in force, compiled once a process, and the decisions it made, kept for ever."""
