"""The lint of a models.config: what servers would do with it."""
