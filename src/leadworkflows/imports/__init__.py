"""Leads from a file: bought lists, trade shows, referrals (S1).

`tabular` reads the file, `columns` says what each column is, `rows` makes an event of a row, `mistakes`
keeps the rows that have to be corrected, and `run` carries one file into the inbox.
"""
