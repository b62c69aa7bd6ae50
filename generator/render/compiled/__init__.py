"""Templates that are rendered by each sync, as Jinja compiles them: see `precompiled`."""
