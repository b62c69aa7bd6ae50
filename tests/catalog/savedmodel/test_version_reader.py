"""`generator.catalog.savedmodel.version_reader`: only what is asked for is read."""

import pytest

from generator.catalog.savedmodel.reading import Reading
from generator.catalog.savedmodel.servable import problems
from generator.catalog.savedmodel.version_files import FileUnreadableError, LocalFiles
from generator.catalog.savedmodel.version_reader import VersionReader
from generator.limits.savedmodel import BUNDLE_BYTES, TEXT_GRAPH_BYTES
from tests.kit.savedmodels import SAVER, constant, field, info, saved
from tests.kit.version_files import Memory, found, shards


def test_what_is_not_worth_reading_holds_nothing():
    """Nobody can tell whether a server could not load it."""
    many = saved([info("serve"), *(field(4, field(1, f"{number}")) for number in range(400_000))])

    assert len(many) > 3_000_000
    assert found({"saved_model.pb": many + many}) == []
    assert found({"saved_model.pbtxt": b"#" * 5_000_000}) == []


def test_what_is_just_worth_reading_is_read():
    """A byte more, and nobody can tell: a text that is cut holds nothing then."""
    cut = b'meta_graphs { meta_info_def { tags: "serve" }'
    at = cut + b"\n" * (TEXT_GRAPH_BYTES - len(cut))

    assert found({"saved_model.pbtxt": at}) != []
    assert found({"saved_model.pbtxt": at + b"\n"}) == []


def test_an_index_of_variables_is_read_up_to_its_limit():
    """One that is garbage holds the version; a longer one may be good."""
    graph = saved([info("serve"), SAVER])

    def of(size):
        files = shards(1) | {"variables/variables.index": bytes(size)}
        return found({"saved_model.pb": graph, **files})

    assert of(BUNDLE_BYTES) != []
    assert of(BUNDLE_BYTES + 1) == []


def test_a_large_graph_costs_a_few_requests():
    """Its 300 MB are passed over, and so are its weights."""
    graph = field(2, bytes(300_000_000))
    files = Memory({"saved_model.pb": saved([info("serve"), graph, SAVER]), **shards(1)})
    files.files["saved_model.pb"] = data = saved([info("serve"), graph, SAVER])
    files.sizes = {name: len(data) for name, data in files.files.items()}

    facts = VersionReader(files, Reading()).facts

    assert problems(Reading(), facts) == ()
    assert len(data) > 300_000_000
    assert len(files.reads) <= 3
    assert sum(size for _, size in files.reads) < 100_000


def test_a_file_that_cannot_be_read_is_no_verdict(tmp_path):
    """It is an error of the reader's, told by its path."""
    path = tmp_path / "saved_model.pb"
    path.write_bytes(constant())
    files = LocalFiles({"saved_model.pb": path})
    path.write_bytes(b"")

    with pytest.raises(FileUnreadableError, match="it has 0 of"):
        _ = VersionReader(files, Reading()).facts
