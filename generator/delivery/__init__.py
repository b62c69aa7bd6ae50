"""Delivery: one commit to a branch, or one pull request; and the issue that tells of it."""
