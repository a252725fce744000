"""What decisions do in the world: e-mail, Slack, records. One file an action family."""
