"""The till: quotes, receipts with their decisions and waterfalls, imports of purchases, the demonstration."""
