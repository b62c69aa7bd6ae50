"""The overview of environments: Git, the store and the forge, without servers."""
