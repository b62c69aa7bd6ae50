"""A fleet as `init` writes it: policies, what delivers them, and who approves them."""
