"""Rules: words, books, engine, arithmetic, explanations; imports nothing of ours, no Flask, no database, no clock."""
