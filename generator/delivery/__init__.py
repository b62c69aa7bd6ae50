"""Publish: one commit to a branch, or one pull request."""
