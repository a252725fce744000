"""Durable workflows: they wait, advance the core, perform what it decides, and continue as new."""
