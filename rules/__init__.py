"""Rules: words, books, engine, arithmetic and explanations; imports nothing of ours, no Flask, no database, no clock."""
