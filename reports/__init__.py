"""Paper: documents from plain data to PDF, CSV and XLSX; imports nothing of ours."""
