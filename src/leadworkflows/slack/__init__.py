"""Slack as the sales desk: cards, modals, and the client that posts them."""
