"""What the agent downloads."""
