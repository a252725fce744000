"""HubSpot's API, asked for what its webhooks leave out."""
