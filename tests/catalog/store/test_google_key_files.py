"""`catalog.store.google`: a file of credentials that is none, or has no end."""

import os

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.errors import StoreError

VARIABLES = ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT"]


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("kind", ["pipe", "device", "long", "deep"])
def test_a_key_that_is_no_file_is_refused_at_once(tmp_path, monkeypatch, variable, kind):
    """A pipe would be waited for, and a device read until the memory is full."""
    path = tmp_path / "key.json"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "long":
            path.write_bytes(b" " * (1 << 20) + b"{}")
        case "deep":
            path.write_text("[" * 100_000)
    monkeypatch.setenv(variable, str(path))

    with pytest.raises(StoreError):
        open_store(StoreAddress("gs://models")).indexes()
