"""Whether pods serve a commit."""
