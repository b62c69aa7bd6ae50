"""The status of environments: what Git says is served, and servers and agents beside it."""
