"""The times in which a pod leaves its Service to swap what has no room for two versions."""

ASKS = 90
"""Seconds for which a pod tells the others that it is to leave its Service: see `leave`."""

LEAVES = 30
"""Seconds for which a pod is out of the Service before it lets go: requests end meanwhile."""
