"""Environments: the policy documents of environments/."""
