"""The plan: decided from policy, catalog and lock, and nothing else."""
