"""Stores: folders, S3, Google."""
