"""A plan as files: overlays, Compose projects, what `init` writes."""
