"""Decide: policy, catalog and lock in, a plan out."""
