"""A sale as plain data: the request, what is known of the member, the event for the rules, the rows that follow."""
