"""The decisions of the agent: values in, values out."""
