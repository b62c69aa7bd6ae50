"""What an agent shares its pod with: mounted files, the server, what it left for the next agent."""
