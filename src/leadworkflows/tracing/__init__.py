"""Traces: one for a request, from the webhook through inbox and Temporal to vendors. Off by default."""
