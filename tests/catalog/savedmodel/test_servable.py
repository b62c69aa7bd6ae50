"""`generator.catalog.savedmodel.servable`: what servers could not load, or not answer from."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.proof import WARMUP
from generator.catalog.savedmodel import local_version
from generator.catalog.savedmodel.directory_facts import DirectoryFacts
from generator.catalog.savedmodel.reading import SERVE, UNKNOWN, Reading
from generator.catalog.savedmodel.servable import problems
from generator.catalog.savedmodel.version_files import LocalFiles
from generator.catalog.savedmodel.version_reader import VersionReader
from generator.lock import lock_file
from generator.lock.lock import Lock
from tests.kit import corpus
from tests.kit.savedmodels import constant, info, saved
from tests.kit.version_files import (
    EXAMPLES,
    INDEX,
    LITE,
    PLAIN,
    POINTER,
    TFLITE,
    VARIABLES,
    folder,
    found,
    shard,
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: "-".join(path.parts[-2:]))
def test_the_examples_can_be_served(path):
    """Also by who knows nothing of the servers."""
    assert local_version.judge(folder(path)) == ((), ())
    assert found({name: file.read_bytes() for name, file in folder(path).items()}) == []


@corpus.needed
@pytest.mark.parametrize("name", [it.name for it in sorted(corpus.FOLDER.glob("savedmodels/*"))])
def test_a_complete_model_can_be_served(name):
    """Each by servers that are started for it: with its tags, with or without TensorFlow Lite."""
    files = folder(corpus.FOLDER / "savedmodels" / name)
    reading = Reading(
        frozenset({"serve", "gpu"}) if name.endswith("gpu-only") else SERVE,
        tflite=name.startswith("tflite"),
    )
    reader = VersionReader(LocalFiles(files), reading)

    assert problems(reading, reader.facts) == ()
    assert local_version.judge(files)[0] == ()
    if "pb" in {path.suffix.removeprefix(".") for path in files.values()}:
        assert not isinstance(reader.signatures(), str)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"", ["saved_model.pb is empty"], id="empty"),
        pytest.param(POINTER, ["saved_model.pb is a Git LFS pointer, not a SavedModel"], id="lfs"),
        pytest.param(POINTER[:43], ["saved_model.pb is a Git LFS pointer, not a SavedModel"]),
        pytest.param(constant()[:-1], ["saved_model.pb: cut or malformed"], id="cut"),
        pytest.param(b"\0" * 100, ["saved_model.pb: malformed before byte 1"], id="zeros"),
        pytest.param(b"<html></html>", ["saved_model.pb: "], id="a web page"),
        pytest.param(b"\x08\x01", ["saved_model.pb: no graph is tagged serve; found: none"]),
        pytest.param(
            saved([info("serve", "gpu")], [info("train")], [info()]),
            ["saved_model.pb: no graph is tagged serve; found: gpu+serve, train, without a tag"],
            id="tags",
        ),
    ],
)
def test_what_is_no_savedmodel_is_told(data, told):
    """Its text begins with the file and says what was expected."""
    (problem,) = found({"saved_model.pb": data})

    assert problem.startswith(told[0])


@pytest.mark.parametrize(
    ("reading", "files", "told"),
    [
        (PLAIN, {"model.tflite": LITE}, ["only model.tflite, and serving.tflite is false"]),
        (TFLITE, {"model.tflite": LITE}, []),
        (UNKNOWN, {"model.tflite": LITE}, []),
        (TFLITE, {"model.tflite": b""}, ["model.tflite is empty"]),
        (
            TFLITE,
            {"model.tflite": b"not a model"},
            ["model.tflite is no TensorFlow Lite model: it does not begin with TFL3 at byte 4"],
        ),
        (
            TFLITE,
            {"model.tflite": POINTER},
            ["model.tflite is a Git LFS pointer, not a TensorFlow Lite model"],
        ),
        # The other file is not what a server reads.
        (PLAIN, {"saved_model.pb": constant(), "model.tflite": POINTER}, []),
        (TFLITE, {"saved_model.pb": POINTER, "model.tflite": LITE}, []),
        (TFLITE, {"saved_model.pb": b"", "model.tflite": LITE}, []),
        (TFLITE, {"saved_model.pb": constant()}, []),
        (TFLITE, {"saved_model.pb": b""}, ["saved_model.pb is empty"]),
        # Who does not know the servers wants both to be right.
        (
            UNKNOWN,
            {"saved_model.pb": constant(), "model.tflite": b""},
            ["model.tflite is empty"],
        ),
        (
            UNKNOWN,
            {"saved_model.pb": b"", "model.tflite": LITE},
            ["saved_model.pb is empty"],
        ),
        (UNKNOWN, {"saved_model.pb": saved([info("serve", "gpu")])}, []),
        (
            UNKNOWN,
            {"saved_model.pb": saved([info("train")])},
            ["saved_model.pb: no graph is tagged serve; found: train"],
        ),
        (
            UNKNOWN,
            {"saved_model.pb": b"\x08\x01"},
            ["saved_model.pb: no graph is tagged serve; found: none"],
        ),
        # The text form is read where there is no other.
        (PLAIN, {"saved_model.pbtxt": b""}, ["saved_model.pbtxt is empty"]),
        (PLAIN, {"saved_model.pbtxt": b'meta_graphs {meta_info_def {tags: "serve"}}'}, []),
        (PLAIN, {"saved_model.pbtxt": b"junk", "saved_model.pb": constant()}, []),
        (
            Reading(),
            {"saved_model.pbtxt": b'meta_graphs {meta_info_def {tags: "train"}}'},
            ["saved_model.pbtxt: no graph is tagged serve; found: train"],
        ),
        (
            Reading(frozenset({"serve", "gpu"})),
            {"saved_model.pb": saved([info("gpu", "serve")])},
            [],
        ),
        (
            Reading(frozenset({"serve", "gpu"})),
            {"saved_model.pb": saved([info("serve")])},
            ["saved_model.pb: no graph is tagged gpu+serve; found: serve"],
        ),
    ],
)
def test_what_the_servers_read_is_what_is_judged(reading, files, told):
    """With their tags, and the file that they take."""
    assert found(files, reading) == told


@pytest.mark.parametrize(
    ("reading", "name", "is_held"),
    [
        (PLAIN, "assets/words.txt", True),
        (PLAIN, "debug/saved_model_debug_info.pb", True),
        (PLAIN, WARMUP, True),
        (Reading(warmup=False), WARMUP, False),
        (UNKNOWN, WARMUP, False),
        (PLAIN, "keras_metadata.pb", False),
        (PLAIN, "assets.extra/picture.png", False),
        (PLAIN, "README.md", False),
    ],
)
def test_a_pointer_matters_where_a_server_reads_the_file(reading, name, is_held):
    """Whatever else lies in a version is nobody's business."""
    told = found({"saved_model.pb": constant(), name: POINTER}, reading)

    assert bool(told) is is_held


def test_a_text_is_told_where_it_is_cut_and_a_newer_type_is_no_fault():
    """A server of that release knows the type; nobody here does."""
    text = (
        'meta_graphs {meta_info_def {tags: "serve"} signature_def {key: "a" value {inputs {%s}}}}'
    )
    newer = text % 'key: "x" value {dtype: DT_FROM_TOMORROW}'

    assert found({"saved_model.pbtxt": newer.encode()}) == []
    (problem,) = found({"saved_model.pbtxt": newer[:-1].encode()[:60]})
    assert problem.startswith("saved_model.pbtxt: cut or malformed: ")


@given(st.randoms(), st.integers(1, 6))
def test_damage_is_a_problem_or_none_and_never_a_traceback(rng: random.Random, times):
    """Bits flip, parts go and parts come twice: each ends in words that can be printed."""
    path = rng.choice(EXAMPLES) / "saved_model.pb"
    data = bytearray(path.read_bytes())
    for _ in range(times):
        at, to = sorted(rng.randrange(len(data)) for _ in range(2))
        match rng.randrange(3):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : min(to, at + 9)]
            case _:
                data[at:at] = data[at : at + rng.randrange(40)]

    told = found({"saved_model.pb": bytes(data)}) + found({"saved_model.pbtxt": bytes(data)})

    assert all(problem.isprintable() for problem in told)


@given(
    st.dictionaries(
        st.sampled_from(["saved_model.pb", "model.tflite", INDEX, shard(0, 1), "assets/a"]),
        st.sampled_from([b"", POINTER, constant(), VARIABLES, LITE, b"x"]),
    ),
    st.builds(Reading, st.none() | st.just(SERVE), st.none() | st.booleans()),
)
def test_a_version_without_a_model_file_is_no_matter_of_this(files, reading):
    """The proof has told it; nothing here fails for want of a file."""
    told = found(files, reading)

    assert isinstance(told, list)
    assert files or not told


def test_facts_that_nobody_has_hold_nothing():
    """An unread graph is no broken one."""
    assert problems(Reading(), DirectoryFacts({"saved_model.pb": 1})) == ()


@pytest.mark.parametrize("tflite", [False, True])
@pytest.mark.parametrize("warmup", [False, True])
@pytest.mark.parametrize("tags", ["serve", "gpu,serve", "train"])
def test_the_lock_tells_how_servers_read_a_version(tags, warmup, tflite):
    """What decides whether a version loads comes back out of its text, and defaults have none."""
    reading = Reading(frozenset(tags.split(",")), tflite=tflite, warmup=warmup)
    lock = Lock("prod", "s3://models", reading=reading.text)

    again = lock_file.load(lock_file.dump(lock), "models.lock.json")

    assert Reading.parse(again.reading) == reading
    assert (reading.text == "") == (reading == Reading())
