"""Receipts of syncs that had nothing to do, kept beside the cache of proofs."""
