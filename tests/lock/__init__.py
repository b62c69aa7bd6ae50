"""The lock and its past."""
