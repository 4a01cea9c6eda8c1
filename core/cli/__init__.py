"""The command `guibin`."""
