"""What the agent shares its pod with."""
