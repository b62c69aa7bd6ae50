"""`generator.catalog.savedmodel.servable`: what servers could not load, or not answer from."""

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.proof import WARMUP
from generator.catalog.savedmodel import bundle, local_version
from generator.catalog.savedmodel.bundle import Bundle
from generator.catalog.savedmodel.facts import Facts
from generator.catalog.savedmodel.reading import UNKNOWN, Reading
from generator.catalog.savedmodel.servable import problems
from generator.catalog.savedmodel.signatures import SERVE, Graph
from generator.catalog.savedmodel.version_files import FileUnreadableError, LocalFiles
from generator.catalog.savedmodel.version_reader import VersionReader
from generator.environment.reading import reading_of
from generator.environment.serving import ServerSpec
from generator.lock import lock_file
from generator.lock.lock import Lock
from tests.kit import corpus
from tests.kit.savedmodels import SAVER, constant, field, info, saved

EXAMPLES = sorted((Path(__file__).parents[3] / "examples/models").glob("*/*"))
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 152034\n" % (b"0" * 64)
INDEX = "variables/variables.index"
VARIABLES = saved([info("serve"), SAVER])
LITE = b"\x1c\0\0\0TFL3\x14\0"
PLAIN, TFLITE = Reading(), Reading(tflite=True)


class Memory(LocalFiles):
    """A version in memory, which counts what is read of it."""

    where = "in the index"

    def __init__(self, files):
        self.sizes = {name: len(data) for name, data in files.items()}
        self.files = files
        self.reads = []

    def range(self, name, start, end):
        """Return a span."""
        self.reads.append((name, end - start))
        assert start < end <= self.sizes[name]
        return self.files[name][start:end]


def found(files, reading=PLAIN):
    """Return what is wrong with a version of *files*."""
    return list(problems(reading, VersionReader(Memory(files), reading).facts))


def shard(number, count):
    """Return the name of a shard of the variables."""
    return f"variables/variables.data-{number:05}-of-{count:05}"


def shards(count, *without, data=b"weights"):
    """Return the files of *count* shards and their index, without some."""
    files = {shard(number, count): data for number in range(count) if number not in without}
    return {"saved_model.pb": VARIABLES, INDEX: b"index"} | files


def folder(path):
    """Return the files of a folder by name."""
    return {one.relative_to(path).as_posix(): one for one in path.rglob("*") if one.is_file()}


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

    assert problems(PLAIN, Facts(sizes, graphs=(graph,), bundle=told)) == ()


def test_a_huge_number_of_shards_is_counted_and_not_looked_for():
    """Whoever uploads chooses it."""
    files = shards(1) | {shard(0, 1): b"", shard(7, 999_999_999): b"x"}
    del files[shard(0, 1)]

    told = found(files)

    assert len(told) <= 5
    assert told[0] == f"{shard(0, 999_999_999)} is not in the index"


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
    ("serving", "expected"),
    [
        (ServerSpec(), Reading()),
        (ServerSpec(tflite=True, warmup=False), Reading(tflite=True, warmup=False)),
        (ServerSpec(flags={"prefer_tflite_model": True}), Reading(tflite=True)),
        (ServerSpec(flags={"enable_model_warmup": False}), Reading(warmup=False)),
        (ServerSpec(flags={"saved_model_tags": ""}), Reading()),
        (ServerSpec(flags={"saved_model_tags": "serve,gpu"}), Reading(frozenset({"serve", "gpu"}))),
        # A server splits at commas, and at nothing else.
        (
            ServerSpec(flags={"saved_model_tags": "serve, gpu"}),
            Reading(frozenset({"serve", " gpu"})),
        ),
        (
            ServerSpec(flags={"enable_signature_method_name_check": True}),
            Reading(checks_method=True),
        ),
        (ServerSpec(image="tensorflow/serving:2.14.0"), Reading()),
        (ServerSpec(image="tensorflow/serving:2.13.1"), Reading(fills_in=False)),
        (ServerSpec(image="ours:5000/tensorflow/serving:2.4.0-gpu"), Reading(fills_in=False)),
        (ServerSpec(image="acme/serving:1.4.2"), Reading()),
        (
            ServerSpec(image="tensorflow/serving:2.3.4"),
            Reading(checks_method=True, fills_in=False),
        ),
        (ServerSpec(image="tensorflow/serving@sha256:00"), Reading()),
    ],
)
def test_how_servers_read_a_version_is_in_their_flags(serving, expected):
    """By our own keys, by flags of a person, and by the release where the image names it."""
    assert reading_of(serving) == expected


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


def test_what_is_not_worth_reading_holds_nothing():
    """Nobody can tell whether a server could not load it."""
    many = saved([info("serve"), *(field(4, field(1, f"{number}")) for number in range(400_000))])

    assert len(many) > 3_000_000
    assert found({"saved_model.pb": many + many}) == []
    assert found({"saved_model.pbtxt": b"#" * 5_000_000}) == []


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


def test_a_file_that_cannot_be_read_is_no_verdict(tmp_path):
    """It is an error of the reader's, told by its path."""
    path = tmp_path / "saved_model.pb"
    path.write_bytes(constant())
    files = LocalFiles({"saved_model.pb": path})
    path.write_bytes(b"")

    with pytest.raises(FileUnreadableError, match="it has 0 of"):
        _ = VersionReader(files, Reading()).facts


def test_facts_that_nobody_has_hold_nothing():
    """An unread graph is no broken one."""
    assert problems(Reading(), Facts({"saved_model.pb": 1})) == ()


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
