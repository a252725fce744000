"""A believable year of leads: who they are, what they do, how sales works them, through the real core."""
