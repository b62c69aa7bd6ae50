"""The network: requests to servers and agents, and waits that each have an end."""
