"""Read what a SavedModel takes and answers, without TensorFlow and without its graph.

`saved_model.pb` is a `tensorflow.SavedModel` message of up to gigabytes, most of them the
graph; its signatures are a few kilobytes. See tensorflow/core/protobuf/meta_graph.proto.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.wire import File, Read

SERVE = frozenset({"serve"})
"""The tags of the graph that a server loads, unless its flag `saved_model_tags` differs."""

_INIT_OP = "__saved_model_init_op"

# Numbers of fields, each line those of one message.
_META_GRAPH = 2
_META_INFO, _SIGNATURE = 1, 5
_TAG = 4
_KEY, _VALUE = 1, 2
_INPUT, _OUTPUT = 1, 2
_DTYPE, _SHAPE = 2, 3
_DIMENSION, _UNKNOWN_RANK = 2, 3
_SIZE = 1

_PLAIN = re.compile(r"[\w.:/-]{1,100}")

# tensorflow/core/framework/types.proto, by number.
_NAMES = """
    INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32
    BFLOAT16 QINT16 QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64 FLOAT8_E5M2
    FLOAT8_E4M3FN FLOAT8_E4M3FNUZ FLOAT8_E4M3B11FNUZ FLOAT8_E5M2FNUZ INT4 UINT4 INT2 UINT2
    FLOAT4_E2M1FN
"""
_DTYPES = [f"DT_{name}" for name in _NAMES.split()]


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a signature."""

    dtype: str
    """As in TensorFlow, such as `DT_FLOAT`."""
    shape: tuple[int, ...] | None
    """-1 is any size; None is any number of dimensions."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What one function of a model takes and answers, by name."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]


Signatures = Mapping[str, Signature]
"""The signatures of a model version, by name."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What `fingerprint.pb` says of a SavedModel; 0 where it says nothing."""

    saved_model_checksum: int = 0
    graph_def_program_hash: int = 0
    signature_def_hash: int = 0
    saved_object_graph_hash: int = 0
    checkpoint_hash: int = 0

    def same_signatures(self, other: "Fingerprint") -> bool:
        """Whether both models surely have the same signatures; False says nothing.

        TensorFlow hashes those of the first graph in a file, which is the only one but in
        models for TPUs.
        """
        return self.signature_def_hash == other.signature_def_hash != 0


def signatures(read: Read, size: int, tags: frozenset[str] = SERVE) -> Signatures:
    """Return the signatures of a `saved_model.pb` of *size* bytes, of which few are read.

    They are those of the first graph with exactly *tags*, as in a server; the operation that
    initialises a model is none. What *read* raises passes through.

    Raises:
        ValueError: The file is malformed or cut, or has no such graph.
    """
    file = File(read, size)
    fields = file.fields(0, size)
    graphs = [_graph(file, *field.span) for field in fields if field.number == _META_GRAPH]
    for found, ours in graphs:
        if found == tags:
            return ours
    others = ", ".join(_shown("+".join(sorted(found))) for found, _ in graphs[:3])
    raise ValueError(f"no graph is tagged {'+'.join(sorted(tags))}; found: {others or 'none'}")


def fingerprint(data: bytes) -> Fingerprint:
    """Return what the bytes of a `fingerprint.pb` say.

    Raises:
        ValueError: They are malformed or cut.
    """
    file = File(lambda start, end: data[start:end], len(data))
    hashes = [0] * 5
    for field in file.fields(0, len(data)):
        if field.number <= len(hashes):
            hashes[field.number - 1] = field.value
    return Fingerprint(*hashes)


def incompatible(served: Signatures, new: Signatures) -> tuple[str, ...]:
    """Return, in words, what a client of *served* would miss in *new*; empty if nothing.

    Each signature must be there with the same inputs and outputs, by name, dtype and shape.
    More signatures and more outputs harm nobody; an input more is one that nobody sends.
    """
    return tuple(_differences(served, new))


def _differences(served: Signatures, new: Signatures) -> Iterator[str]:
    for name, before in sorted(served.items()):
        words = f"signature {_shown(name)}"
        after = new.get(name)
        if after is None:
            yield f"{words} is missing"
            continue
        yield from _changes(f"{words}: input", before.inputs, after.inputs)
        for extra in sorted(after.inputs.keys() - before.inputs.keys()):
            yield f"{words}: input {_shown(extra)} is new, and clients do not send it"
        yield from _changes(f"{words}: output", before.outputs, after.outputs)


def _changes(words: str, served: Mapping[str, Tensor], new: Mapping[str, Tensor]) -> Iterator[str]:
    for name, before in sorted(served.items()):
        after = new.get(name)
        if after is None:
            yield f"{words} {_shown(name)} is missing"
            continue
        if before.dtype != after.dtype:
            yield f"{words} {_shown(name)}: dtype {before.dtype} became {after.dtype}"
        if before.shape != after.shape:
            change = f"{_dimensions(before.shape)} became {_dimensions(after.shape)}"
            yield f"{words} {_shown(name)}: shape {change}"


def _graph(file: File, start: int, end: int) -> tuple[frozenset[str], Signatures]:
    tags: set[str] = set()
    found: dict[str, Signature] = {}
    for field in file.fields(start, end):
        if field.number == _META_INFO:
            inside = file.fields(*field.span)
            tags.update(file.text(item) for item in inside if item.number == _TAG)
        elif field.number == _SIGNATURE:
            name, span = _entry(file, *field.span)
            if name != _INIT_OP:
                found[name] = _signature(file, *span)
    return frozenset(tags), found


def _signature(file: File, start: int, end: int) -> Signature:
    found: dict[int, dict[str, Tensor]] = {_INPUT: {}, _OUTPUT: {}}
    for field in file.fields(start, end):
        if field.number in found:
            name, span = _entry(file, *field.span)
            found[field.number][name] = _tensor(file, *span)
    return Signature(found[_INPUT], found[_OUTPUT])


def _entry(file: File, start: int, end: int) -> tuple[str, tuple[int, int]]:
    """Return the key of an entry of a map, and where its value is."""
    key, span = "", (end, end)
    for field in file.fields(start, end):
        if field.number == _KEY:
            key = file.text(field)
        elif field.number == _VALUE:
            span = field.span
    return key, span


def _tensor(file: File, start: int, end: int) -> Tensor:
    dtype = 0
    shape: tuple[int, ...] | None = ()
    for field in file.fields(start, end):
        if field.number == _DTYPE:
            dtype = field.value
        elif field.number == _SHAPE:
            shape = _shape(file, *field.span)
    return Tensor(_DTYPES[dtype] if dtype < len(_DTYPES) else f"dtype {dtype}", shape)


def _shape(file: File, start: int, end: int) -> tuple[int, ...] | None:
    sizes: list[int] = []
    unknown = False
    for field in file.fields(start, end):
        if field.number == _UNKNOWN_RANK:
            unknown = bool(field.value)
        elif field.number == _DIMENSION:
            inside = file.fields(*field.span)
            size = [item.value for item in inside if item.number == _SIZE] or [0]
            sizes.append((size[-1] ^ 2**63) - 2**63)  # sizes are signed
    return None if unknown else tuple(sizes)


def _dimensions(shape: tuple[int, ...] | None) -> str:
    return "of any rank" if shape is None else f"[{','.join(map(str, shape))}]"


def _shown(name: str) -> str:
    """Return a name for a report: whoever uploads a model chooses it."""
    return name if _PLAIN.fullmatch(name) else repr(name[:100])
