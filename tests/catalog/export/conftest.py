"""An exported model, and stores that it is published to."""

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from tests.kit.exports import LARGE, ONE, TWO


@pytest.fixture(params=["folder", "s3", "s3 with a prefix"])
def source(request, tmp_path):
    """Return an empty store that can be written."""
    if request.param == "folder":
        (tmp_path / "bucket").mkdir()
        return StoreAddress(url=(tmp_path / "bucket").as_uri())
    s3 = request.getfixturevalue("s3")
    prefix = "/team a" if "prefix" in request.param else ""
    return StoreAddress(url=f"{s3.url}{prefix}", endpoint=s3.endpoint)


@pytest.fixture
def store(source):
    """Return the store, opened."""
    return open_store(source)


@pytest.fixture
def model(tmp_path):
    """Return an exported model with two versions, and files that are none of them."""
    root = tmp_path / "export"
    for key, data in (
        ("1/saved_model.pb", ONE),
        ("1/variables/variables.data-00000-of-00001", LARGE),
        ("1/assets/wörd list #1.txt", b"words"),
        ("2/saved_model.pb", TWO),
        ("2/empty", b""),
        ("README.md", b"none of a version"),
        ("temp-1/saved_model.pb", b"neither"),
    ):
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(data)
    return root
