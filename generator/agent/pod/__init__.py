"""The pod around an agent: mounted files, the server, the checkpoint for the next agent."""
