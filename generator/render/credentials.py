"""Credentials of a store in pods: the keys of a Secret, and the variables that they become."""

from generator.render.store_volume import Manifest

AWS_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""The keys of a Secret with credentials for s3://, and the variables that they become."""

GOOGLE_KEY = "key.json"
"""The key of a Secret with credentials for gs://."""


def from_secret(key: str, secret: str) -> Manifest:
    """Return the variable whose value is a *key* of a Secret."""
    return {"name": key, "valueFrom": {"secretKeyRef": {"key": key, "name": secret}}}
