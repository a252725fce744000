"""What a person does with a lead, by the API, the command line or Slack: one shape, one way to the lead."""
