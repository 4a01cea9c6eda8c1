"""Auditors read everything: the decision of any receipt made again, points statements, the programme's summary."""
