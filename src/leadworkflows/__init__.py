"""leadworkflows: one durable workflow for every B2B lead, from the first form to the signed customer."""

__version__ = "0.1.0"
