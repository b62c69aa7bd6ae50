"""Doctor: whether all that a sync needs is there, and what a careful operator would change."""
