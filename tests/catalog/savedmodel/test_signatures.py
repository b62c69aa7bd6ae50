"""`savedmodel.signatures` and `savedmodel.protobuf`: signatures, read without the graph."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel.graph_file import signatures
from generator.catalog.savedmodel.signatures import Signature, Tensor
from tests.kit.savedmodels import entry, field, info, saved, varint

MODELS = Path(__file__).parents[3] / "examples" / "models"
FLOATS = Tensor("DT_FLOAT", (-1,))
ROWS = Tensor("DT_FLOAT", (-1, 3))
PREDICT = "tensorflow/serving/predict"
HALF_PLUS_TWO = {"serving_default": Signature({"x": FLOATS}, {"y": FLOATS}, PREDICT)}
NUMBERS = {
    "DT_FLOAT": 1,
    "DT_INT32": 3,
    "DT_STRING": 7,
    "DT_INT64": 9,
    "DT_BOOL": 10,
    "DT_HALF": 19,
    "DT_FLOAT_REF": 101,
    "DT_STRING_REF": 107,
}
KB = 1024


def tensor(value):
    """Return a TensorInfo; its name in the graph comes first, as in real files."""
    if value.shape is None:
        shape = field(3, 1)
    else:
        shape = b"".join(field(2, field(1, size) + field(2, "a name")) for size in value.shape)
    dtype = NUMBERS.get(value.dtype) or int(value.dtype.removeprefix("dtype "))
    return field(1, "serving_default_x:0") + field(2, dtype) + field(3, shape)


def signature_fields(found):
    """Return the fields `signature_def` of a graph."""
    return [
        entry(
            5,
            name,
            b"".join(entry(1, key, tensor(value)) for key, value in signature.inputs.items())
            + b"".join(entry(2, key, tensor(value)) for key, value in signature.outputs.items())
            + field(3, signature.method)
            + b"".join(entry(4, key, field(1, 1)) for key in signature.defaults),
        )
        for name, signature in found.items()
    ]


def load(data, **kwargs):
    """Return the signatures of a file that is in memory."""
    return signatures(lambda start, end: data[start:end], len(data), **kwargs)


class Sparse:
    """A file of *head*, then *hole* zeros, then *tail*; it counts what is read of it."""

    def __init__(self, head, hole, tail):
        self._parts = (head, hole, tail)
        self.size = len(head) + hole + len(tail)
        self.reads = []

    def read(self, start, end):
        """Return a span; one of more than a megabyte would be a download."""
        assert 0 <= start < end <= self.size
        assert end - start <= KB * KB
        self.reads.append(end - start)
        head, hole, tail = self._parts
        behind = len(head) + hole
        zeros = min(end, behind) - max(start, len(head))
        return b"".join(
            (head[start:end], b"\0" * zeros, tail[max(0, start - behind) : max(0, end - behind)])
        )


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("half-plus-two/1", Signature({"x": FLOATS}, {"y": FLOATS}, PREDICT)),
        ("half-plus-two/2", Signature({"x": ROWS}, {"y": ROWS, "mean": FLOATS}, PREDICT)),
        (
            "greeting/1",
            Signature(
                {"name": Tensor("DT_STRING", (-1,))},
                {"greeting": Tensor("DT_STRING", (-1,))},
                PREDICT,
            ),
        ),
        (
            "kittens/1",
            Signature(
                {"features": Tensor("DT_FLOAT", (-1, 2))},
                {"scores": ROWS, "breed": Tensor("DT_INT64", (-1,))},
                PREDICT,
            ),
        ),
    ],
)
def test_the_examples_have_the_signatures_that_their_readme_tells(version, expected):
    """And nothing else: the operation that initialises a model is none."""
    data = (MODELS / version / "saved_model.pb").read_bytes()

    assert b"__saved_model_init_op" in data
    assert load(data) == {"serving_default": expected}


TENSORS = st.builds(
    Tensor,
    st.sampled_from([*NUMBERS, "dtype 57"]),
    st.none() | st.lists(st.integers(-1, 2**63 - 1), max_size=3).map(tuple),
)
SIDES = st.dictionaries(st.text(max_size=5), TENSORS, max_size=3)
METHODS = st.sampled_from([PREDICT, "tensorflow/serving/classify", "", "custom/method"])
SIGNATURES = st.dictionaries(
    st.text(max_size=5),
    st.builds(Signature, SIDES, SIDES, METHODS, st.frozensets(st.text(max_size=5), max_size=2)),
    max_size=3,
)


@given(SIGNATURES, st.randoms(use_true_random=False))
def test_the_order_of_fields_is_irrelevant(expected, dice):
    """TensorFlow once wrote them forwards, and now backwards; names may be any text."""
    fields = [info("serve"), field(2, b"graph"), field(7, b"objects"), *signature_fields(expected)]
    dice.shuffle(fields)

    assert load(saved(fields)) == expected


@pytest.mark.parametrize("backwards", [False, True])
def test_a_graph_of_many_gigabytes_costs_a_few_kilobytes(backwards):
    """Each read may be a request to the store, so they are few, too."""
    hole = 50 * 2**30
    graph = varint(2 << 3 | 2) + varint(hole)
    before, behind = [info("serve")], [*signature_fields(HALF_PLUS_TWO), field(7, b"o" * 100 * KB)]
    if backwards:
        before, behind = behind[::-1], before
    inside = b"".join(before) + graph, b"".join(behind)
    length = sum(map(len, inside)) + hole
    file = Sparse(varint(2 << 3 | 2) + varint(length) + inside[0], hole, inside[1] + field(1, 1))

    assert signatures(file.read, file.size) == HALF_PLUS_TWO
    assert sum(file.reads) < 20 * KB
    assert len(file.reads) <= 5


def test_many_small_fields_cost_few_reads():
    """A real graph has an alias for each of its functions, thousands in a row."""
    aliases = b"".join(entry(8, f"__inference_{number}", f"f{number}") for number in range(20_000))
    graph = field(1, aliases + field(4, "serve")), *signature_fields(HALF_PLUS_TWO)
    data = saved(graph)
    file = Sparse(data, 0, b"")

    assert signatures(file.read, file.size) == HALF_PLUS_TWO
    assert len(data) > 500 * KB
    assert len(file.reads) < 12
    assert sum(file.reads) < len(data) + KB


@pytest.mark.parametrize(
    "unit",
    [field(9, b"z" * 20), field(1, field(4, "t" * 20)), field(9, b"z" * 5 * KB)],
    ids=["1", "2", "3"],
)
def test_a_file_of_endless_fields_is_given_up_after_four_megabytes(unit):
    """Nobody who uploads a file can make a sync read for hours."""
    file = Sparse(unit * (20 * KB * KB // len(unit)), 0, b"")

    with pytest.raises(ValueError, match="more than 4,194,304 bytes would have to be read"):
        signatures(file.read, file.size)

    assert sum(file.reads) <= 4 * KB * KB


@pytest.mark.parametrize("number", [2, 9])
def test_a_file_of_empty_fields_is_given_up_after_some_thousands(number):
    """Two bytes of each are a graph, or nothing; 4 MiB of graphs took 777 MB."""
    data = field(number, b"") * 300_000
    file = Sparse(data, 0, b"")

    with pytest.raises(ValueError, match="more than 200,000 fields would have to be looked at"):
        signatures(file.read, file.size)


def test_a_name_of_megabytes_is_not_read():
    """Nor one that claims to be longer than memory."""
    hole = 2**40
    inside = varint(4 << 3 | 2) + varint(hole)
    message = varint(1 << 3 | 2) + varint(len(inside) + hole) + inside
    head = varint(2 << 3 | 2) + varint(len(message) + hole) + message
    file = Sparse(head, hole, b"")

    with pytest.raises(ValueError, match="more than 4,194,304 bytes"):
        signatures(file.read, file.size)


def test_the_graph_is_the_one_that_a_server_loads():
    """The first whose tags are exactly those asked for, not merely among them."""
    other = signature_fields({"other": Signature({}, {})})
    ours = [*signature_fields(HALF_PLUS_TWO), info("serve", "serve")]
    tpu = [info("serve", "tpu"), *other]
    data = saved([info("train"), *other], tpu, ours, [info("serve"), *other])

    assert load(data) == HALF_PLUS_TWO
    assert load(data, tags=frozenset({"tpu", "serve"})).keys() == {"other"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no graph is tagged serve; found: none"),
        (saved(), "no graph is tagged serve; found: none"),
        (saved([info("serve", "gpu")], [info("\n")]), r"found: gpu\+serve, '\\n'$"),
        (field(2, 7), "field 2 at byte|field 2 before byte 2 is a number"),
        (saved([field(5, 7)]), "is a number"),
        (saved([entry(5, "s", entry(1, "x", field(2, b"")))]), "field 2 at byte .* is no integer"),
        (saved([info(b"\xff")]), "malformed: the text at byte .* is not UTF-8"),
        (b"\x00\x01", "no field has the number 0"),
        (varint(2**29 << 3) + b"\0", "no field has the number 536870912"),
        (b"\x13\x14", "unknown wire type 3"),
        (b"\xff" * 20, "the number at byte 0 has no end"),
        (b"\x12\x05abc", "a field ends at byte 7, after 5"),
        (saved([b"\x0a\x05abc"], [info("serve")]), "a field ends at byte 11, after 9"),
        (b"\x0d\0\0\0", "a field ends at byte 5, after 4"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_words(data, words):
    """They go into the report for the owner of the model."""
    with pytest.raises(ValueError, match=words) as caught:
        load(data)

    assert str(caught.value).isprintable()


def test_numbers_of_fixed_width_are_skipped():
    """No field that is read has one, but a later release may add some."""
    fixed = varint(20 << 3 | 1) + b"\xff" * 8 + varint(21 << 3 | 5) + b"\xff" * 4

    assert load(saved([fixed, info("serve"), fixed])) == {}


@pytest.mark.parametrize("version", ["half-plus-two/1", "kittens/1"])
def test_a_cut_file_is_told_from_a_whole_one(version):
    """Wherever it ends, be it that the store has less of it than it said."""
    data = (MODELS / version / "saved_model.pb").read_bytes()
    for end in [*range(0, len(data), 7), len(data) - 1]:
        with pytest.raises(ValueError, match=r"cut|malformed|no graph"):
            load(data[:end])
    with pytest.raises(ValueError, match=f"^cut: it has 3000 of {len(data)} bytes$"):
        signatures(lambda start, end: data[:3000][start:end], len(data))


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(data):
    """No file, however broken, escapes as another exception."""
    with contextlib.suppress(ValueError):
        load(data)


@given(st.integers(0), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_parsed_or_refused(place, noise):
    """Nor does one that was whole once."""
    data = bytearray((MODELS / "half-plus-two/1/saved_model.pb").read_bytes())
    place = place % len(data)
    data[place : place + len(noise)] = noise
    with contextlib.suppress(ValueError):
        load(bytes(data))


def test_what_reading_raises_passes_through():
    """A store that fails is no broken model."""

    def broken(_start, _end):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        signatures(broken, 10)


def test_what_a_file_leaves_out_is_what_protobuf_takes_it_for():
    """No shape is a scalar, a dimension without a size is 0, no dtype is DT_INVALID."""
    bare = entry(1, "bare", b"") + entry(1, "zero", field(3, field(2, b"")))
    unknown = field(1, field(2, field(3, field(2, field(1, 5)) + field(3, 1))))

    found = load(saved([info("serve"), entry(5, "s", bare + unknown), field(5, field(1, "none"))]))

    assert found["s"].inputs == {
        "bare": Tensor("DT_INVALID", ()),
        "zero": Tensor("DT_INVALID", (0,)),
        "": Tensor("DT_INVALID", None),
    }
    assert found["none"] == Signature({}, {})
