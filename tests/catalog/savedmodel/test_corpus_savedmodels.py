"""SavedModels that TensorFlow exported are read as its own messages read them."""

from typing import Any

import pytest

from generator.catalog.savedmodel.compatibility import incompatible
from generator.catalog.savedmodel.reading import SERVE, Reading
from generator.catalog.savedmodel.signatures import Signatures
from generator.catalog.savedmodel.version_files import LocalFiles
from generator.catalog.savedmodel.version_reader import VersionReader
from tests.kit import corpus

pytestmark = corpus.needed

MODELS = corpus.table("savedmodels.json")
FOLDER = corpus.FOLDER / "savedmodels"


def read(name: str, *tags: str) -> Signatures:
    """Return the signatures of the graph of a model that has these tags."""
    paths = {path.name: path for path in (FOLDER / name).iterdir() if path.is_file()}
    reading = Reading(frozenset(tags) or SERVE)
    found = VersionReader(LocalFiles(paths), reading).signatures()
    assert not isinstance(found, str), found
    return found


def told(found: Signatures) -> dict[str, Any]:
    """Return signatures in the form of the table."""

    def sides(side: Any) -> dict[str, Any]:
        return {
            name: {"dtype": it.dtype, "shape": it.shape if it.shape is None else list(it.shape)}
            for name, it in side.items()
        }

    return {
        name: {
            "inputs": sides(it.inputs),
            "outputs": sides(it.outputs),
            "method": it.method,
            "defaults": sorted(it.defaults),
        }
        for name, it in found.items()
    }


def test_the_table_tells_of_every_model():
    """A model without a line of the table would be read by nobody."""
    assert {path.name for path in FOLDER.iterdir()} == MODELS.keys()


@pytest.mark.parametrize("name", [name for name, graphs in MODELS.items() if graphs])
def test_signatures_are_those_that_tensorflow_reads(name):
    """Of each graph: names, types, shapes, methods, and the inputs that have a default."""
    for graph in MODELS[name]:
        assert told(read(name, *graph["tags"])) == graph["signatures"]


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("base-1", "base-2", []),
        ("base-2", "base-1", ["input scale is missing"]),
        ("base-1", "base-3", ["input scale is new, and clients do not send it"]),
        (
            "base-2",
            "base-3",
            ["input scale has no default any more, and clients may leave it out"],
        ),
        ("base-3", "base-2", []),
        ("widen-1", "widen-2", ["output y: shape [1,4] became [-1,4]"]),
        ("widen-2", "widen-1", ["input x: shape [-1,4] became [1,4]"]),
        ("rank-1", "rank-2", ["output y: shape [-1,4] became of any rank"]),
        ("rank-2", "rank-1", ["input x: shape of any rank became [-1,4]"]),
        ("narrowout-1", "narrowout-2", []),
        ("narrowout-2", "narrowout-1", ["output y: shape [1,-1] became [-1,-1]"]),
        ("ref-1", "ref-2", []),
        ("ref-2", "ref-1", []),
        ("method-1", "method-2", []),
        ("method-2", "method-1", []),
        (
            "tpu-1",
            "tpu-2",
            ["input x: shape [-1,3] became [-1,9]", "output y: shape [-1,3] became [-1,9]"],
        ),
    ],
)
def test_of_two_versions_it_is_told_what_clients_of_the_first_miss(before, after, lost):
    """An input may get wider and an output narrower; the graph is the one that servers load."""
    words = [f"signature serving_default: {problem}" for problem in lost]

    assert list(incompatible(read(before), read(after))) == words


def test_the_graph_with_other_tags_has_signatures_of_its_own():
    """What changed for servers of one changed nothing for those of the other."""
    tags = ("serve", "tpu")

    assert incompatible(read("tpu-1", *tags), read("tpu-2", *tags)) == ()
    assert read("tpu-1", *tags) != read("tpu-1")


def test_a_method_counts_where_servers_compare_it():
    """From classify to predict: those who call Classify are refused then."""
    found = incompatible(read("method-1"), read("method-2"), checks_method=True)

    assert len(found) == 1
    assert found[0].endswith(
        "its method is tensorflow/serving/predict, not tensorflow/serving/classify"
    )


@pytest.mark.parametrize("name", [name for name, graphs in MODELS.items() if graphs])
def test_each_model_is_compatible_with_itself(name):
    """Whatever it takes and answers: sparse, ragged, composite, of no known type."""
    for graph in MODELS[name]:
        found = read(name, *graph["tags"])
        assert incompatible(found, found, checks_method=True) == ()
