"""What the agent decides: values in, values out."""
