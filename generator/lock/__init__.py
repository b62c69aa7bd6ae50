"""The lock: what Git says is served, now and before."""
