"""Paper: plain data in, audit PDF, CSV and XLSX out. Knows nothing of the shop, its rules or its database."""
