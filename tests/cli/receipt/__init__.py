"""Receipts of syncs."""
