"""What every list and form offers: saved filters, chosen columns, files, no lost update, history, archive."""
