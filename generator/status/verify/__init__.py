"""Verification: whether the pods of an environment serve what one commit says, by their agents."""
