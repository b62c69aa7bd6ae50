"""Inventories: lists of a bucket that S3 writes by itself, joined with what locks say is served.

Ibis, DuckDB, Arrow and Spark are imported here alone, and only where an inventory is read: they
are the extra `tfs-gitops[inventory]`.
"""
