"""The kernel: exact values, database, addons, web; knows no addon."""
