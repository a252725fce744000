"""What marketing and sales look at together (R1 to R8): one set of queries for pages, API, commands, alerts."""
