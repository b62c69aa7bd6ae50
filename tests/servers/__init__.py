"""Real servers for tests: S3 (SeaweedFS), and Git over smart HTTP.

Each binds 127.0.0.1 on free ports, and is stopped by the context manager that started it.
"""
