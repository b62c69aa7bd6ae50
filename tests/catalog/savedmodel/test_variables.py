"""`generator.catalog.savedmodel.variables`: the values of variables, whole or not."""

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel import bundle
from generator.catalog.savedmodel.bundle import Bundle
from generator.catalog.savedmodel.directory_facts import DirectoryFacts
from generator.catalog.savedmodel.reading import SERVE
from generator.catalog.savedmodel.servable import problems
from generator.catalog.savedmodel.signatures import Graph
from tests.kit import corpus
from tests.kit.savedmodels import constant, field, info, saved
from tests.kit.version_files import (
    EXAMPLES,
    INDEX,
    PLAIN,
    POINTER,
    VARIABLES,
    folder,
    found,
    shard,
    shards,
)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param(shards(1), [], id="one shard"),
        pytest.param(shards(3), [], id="three shards"),
        pytest.param(
            {"saved_model.pb": VARIABLES},
            [
                f"{INDEX} is not in the index, and the graph has a saver",
                "no variables/variables.data-… is in the index, and the graph has a saver",
            ],
            id="no variables",
        ),
        pytest.param(shards(3, 1), [f"{shard(1, 3)} is not in the index"], id="one is missing"),
        pytest.param(
            shards(2) | {shard(1, 2): b"", INDEX: b""},
            [f"{INDEX} is empty", f"{shard(1, 2)} is empty"],
            id="empty files",
        ),
        pytest.param(shards(1) | {shard(0, 2): b"x"}, [], id="a whole set, and an old one"),
        pytest.param(
            shards(4, 1, 2, 3) | {shard(0, 2): b"x"},
            [f"{shard(1, 2)} is not in the index"],
            id="of two sets, the nearest",
        ),
        pytest.param(
            shards(1) | {shard(0, 1): POINTER},
            [f"{shard(0, 1)} is a Git LFS pointer, not the file itself"],
            id="a pointer in place of weights",
        ),
        pytest.param(
            shards(1) | {INDEX: POINTER.replace(b"\n", b"\r\n")},
            [f"{INDEX} is a Git LFS pointer, not the file itself"],
            id="a pointer that Windows checked out",
        ),
        pytest.param(
            {"saved_model.pb": constant(), "notes": b"variables/variables.data"},
            [],
            id="a graph without variables needs none",
        ),
        pytest.param(
            {"saved_model.pb": saved([info("serve"), field(6, field(2, "words.txt"))])},
            ["assets/words.txt is not in the index, and the graph names it"],
            id="an asset",
        ),
    ],
)
def test_a_graph_with_variables_needs_their_values(files, told):
    """The index of the variables, one whole set of shards, and none of them empty."""
    assert found(files) == told


def index_of(example):
    """Return the bytes of an example's index of variables."""
    return next(path for path in EXAMPLES if path.parts[-2] == example).joinpath(INDEX).read_bytes()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param({INDEX: index_of("kittens")}, [], id="whole"),
        pytest.param(
            {INDEX: index_of("kittens"), shard(0, 1): b"weights"},
            [f"{shard(0, 1)} has 7 bytes, and {INDEX} tells of "],
            id="a shard that is cut",
        ),
        pytest.param(
            {INDEX: index_of("kittens"), shard(0, 1): b""},
            [f"{shard(0, 1)} is empty, and {INDEX} tells of "],
            id="a shard that is empty",
        ),
        pytest.param(
            {INDEX: index_of("kittens")[:-1]},
            [f"{INDEX}: it is cut: it has not the end of a table"],
            id="an index that is cut",
        ),
        pytest.param(
            {INDEX: index_of("kittens"), shard(0, 1): None, shard(0, 2): b"x", shard(1, 2): b"x"},
            [f"{shard(0, 1)} is not in the index"],
            id="a set of shards that is another one's",
        ),
        pytest.param(
            {INDEX: b"\0\0" + b"\xff" * 60 + index_of("kittens")[-8:]},
            [f"{INDEX}: cut or malformed: "],
            id="an index that is damaged",
        ),
        pytest.param({INDEX: b"nothing that is known here", shard(0, 1): b"x"}, [], id="unknown"),
    ],
)
def test_shards_are_those_that_the_index_of_the_variables_tells_of(files, told):
    """All of them, and as long as the variables in them need."""
    kittens = next(path for path in EXAMPLES if path.parts[-2] == "kittens")
    whole = {name: path.read_bytes() for name, path in folder(kittens).items()}

    problems = found({name: data for name, data in (whole | files).items() if data is not None})

    assert len(problems) == len(told)
    assert all(problem.startswith(text) for problem, text in zip(problems, told, strict=True))


@given(st.randoms(), st.integers(1, 6))
def test_a_damaged_index_of_variables_is_a_problem_or_none(rng: random.Random, times):
    """Whatever its lengths say, no more is read than is there."""
    data = bytearray(rng.choice([path / INDEX for path in EXAMPLES]).read_bytes())
    for _ in range(times):
        data[rng.randrange(len(data))] = rng.randrange(256)

    with contextlib.suppress(ValueError):
        assert bundle.read(bytes(data)).shards > 0


@corpus.needed
def test_what_an_index_of_variables_tells_is_as_long_as_its_shards():
    """To the byte, in each model that TensorFlow wrote."""
    indexes = sorted(corpus.FOLDER.glob(f"savedmodels/*/{INDEX}"))
    assert len(indexes) > 30
    for path in indexes:
        told = bundle.read(path.read_bytes())
        sizes = {
            number: (path.parent.parent / shard(number, told.shards)).stat().st_size
            for number in range(told.shards)
        }
        assert told.bytes == {number: size for number, size in sizes.items() if size}


def test_a_shard_of_which_no_variable_has_a_byte_may_be_empty():
    """So it is written where all variables on a device have no elements."""
    told = Bundle(shards=2, bytes={0: 7, 1: 0})
    sizes = {"saved_model.pb": 1, INDEX: 1, shard(0, 2): 7, shard(1, 2): 0}
    graph = Graph(SERVE, {}, has_saver=True)

    assert problems(PLAIN, DirectoryFacts(sizes, graphs=(graph,), bundle=told)) == ()


def test_a_huge_number_of_shards_is_counted_and_not_looked_for():
    """Whoever uploads chooses it."""
    files = shards(1) | {shard(0, 1): b"", shard(7, 999_999_999): b"x"}
    del files[shard(0, 1)]

    told = found(files)

    assert len(told) <= 5
    assert told[0] == f"{shard(0, 999_999_999)} is not in the index"
