"""Calls to addresses that a user wrote: judged before the connection, and connected to what was judged."""
