"""Read what a SavedModel takes and answers, without TensorFlow and without its graph.

`saved_model.pb` is a `tensorflow.SavedModel` message of up to gigabytes, most of them the
graph; its signatures are a few kilobytes. See tensorflow/core/protobuf/meta_graph.proto.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from generator.catalog.savedmodel.protobuf import File, Read

SERVE = frozenset({"serve"})
"""The tags of the graph that a server loads, unless its flag `saved_model_tags` differs."""

_INIT_OP = "__saved_model_init_op"

# Numbers of fields, each line those of one message.
_META_GRAPH = 2
_META_INFO, _SAVER, _SIGNATURE, _ASSET = 1, 3, 5, 6
_TAG = 4
_FILE_NAME = 2
_KEY, _VALUE = 1, 2
_INPUT, _OUTPUT, _METHOD, _DEFAULT = 1, 2, 3, 4
_DTYPE, _SHAPE = 2, 3
_DIMENSION, _UNKNOWN_RANK = 2, 3
_SIZE = 1

_TOLD = 3
_PLAIN = re.compile(r"[\w.:/-]{1,100}")

# tensorflow/core/framework/types.proto, by number.
_NAMES = """
    INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32
    BFLOAT16 QINT16 QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64 FLOAT8_E5M2
    FLOAT8_E4M3FN FLOAT8_E4M3FNUZ FLOAT8_E4M3B11FNUZ FLOAT8_E5M2FNUZ INT4 UINT4 INT2 UINT2
    FLOAT4_E2M1FN
"""
_REFERENCE = 100
"""What is added to the number of a type for a reference to a value of it, as TensorFlow 1 had."""
_DTYPES = {number: f"DT_{name}" for number, name in enumerate(_NAMES.split())}
_DTYPES |= {number + _REFERENCE: f"{name}_REF" for number, name in _DTYPES.items() if number}


Shape = tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a signature."""

    dtype: str
    """As in TensorFlow, such as `DT_FLOAT`."""
    shape: Shape
    """-1 is any size; None is any number of dimensions."""

    @property
    def base(self) -> str:
        """The type of a value, which a reference type (`DT_FLOAT_REF`) refers to."""
        return self.dtype.removesuffix("_REF")


@dataclass(frozen=True, slots=True)
class Signature:
    """What one function of a model takes and answers, by name."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    method: str = ""
    """The API that it is made for, such as `tensorflow/serving/predict`."""
    defaults: frozenset[str] = frozenset()
    """The inputs that a request may leave out."""


Signatures = Mapping[str, Signature]
"""The signatures of a model version, by name."""


@dataclass(frozen=True, slots=True)
class Graph:
    """One graph of a SavedModel: what a server goes by when it loads it."""

    tags: frozenset[str]
    signatures: Signatures
    """Without the operation that initialises a model."""
    has_saver: bool
    """Whether it restores variables: each exporter gives a graph with variables a saver."""
    assets: tuple[str, ...] = ()
    """The names, below `assets/`, of the files that it reads."""


def graphs(read: Read, size: int) -> tuple[Graph, ...]:
    """Return the graphs of a `saved_model.pb` of *size* bytes, of which few are read.

    What *read* raises passes through.

    Raises:
        UnsureError: More would have to be read than is worth it.
        ValueError: The file is malformed or cut; a server cannot read it either.
    """
    file = File(read, size)
    fields = file.fields(0, size)
    return tuple(_graph(file, *field.span) for field in fields if field.number == _META_GRAPH)


def signatures(read: Read, size: int, tags: frozenset[str] = SERVE) -> Signatures:
    """Return the signatures of a `saved_model.pb` of *size* bytes, of which few are read.

    They are those of the first graph with exactly *tags*. What *read* raises passes through.

    Raises:
        ValueError: The file is malformed or cut, or has no such graph.
    """
    return tagged(graphs(read, size), tags).signatures


def tagged(found: Sequence[Graph], tags: frozenset[str]) -> Graph:
    """Return the graph that a server loads: the first with exactly *tags*.

    Raises:
        ValueError: There is none.
    """
    for graph in found:
        if graph.tags == tags:
            return graph
    others = ", ".join(dict.fromkeys(tags_in_words(graph.tags) for graph in found[:_TOLD]))
    raise ValueError(f"no graph is tagged {tags_in_words(tags)}; found: {others or 'none'}")


def tags_in_words(tags: Iterable[str]) -> str:
    """Return the tags of a graph for a report."""
    return "+".join(map(shown, sorted(tags))) or "without a tag"


def _graph(file: File, start: int, end: int) -> Graph:
    tags: set[str] = set()
    found: dict[str, Signature] = {}
    saver = False
    assets: list[str] = []
    for field in file.fields(start, end):
        if field.number == _META_INFO:
            inside = file.fields(*field.span)
            tags.update(file.text(item) for item in inside if item.number == _TAG)
        elif field.number == _SAVER:
            first, stop = field.span
            saver = saver or first < stop
        elif field.number == _SIGNATURE:
            name, span = _entry(file, *field.span)
            if is_signature(name):
                found[name] = _signature(file, *span)
        elif field.number == _ASSET:
            inside = file.fields(*field.span)
            assets += [file.text(item) for item in inside if item.number == _FILE_NAME]
    return Graph(frozenset(tags), found, saver, tuple(assets))


def _signature(file: File, start: int, end: int) -> Signature:
    found: dict[int, dict[str, Tensor]] = {_INPUT: {}, _OUTPUT: {}}
    method, defaults = "", set()
    for field in file.fields(start, end):
        if field.number in found:
            name, span = _entry(file, *field.span)
            found[field.number][name] = _tensor(file, *span)
        elif field.number == _METHOD:
            method = file.text(field)
        elif field.number == _DEFAULT:
            defaults.add(_entry(file, *field.span)[0])
    return Signature(found[_INPUT], found[_OUTPUT], method, frozenset(defaults))


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
    number = 0
    shape: tuple[int, ...] | None = ()
    for field in file.fields(start, end):
        if field.number == _DTYPE:
            number = field.value
        elif field.number == _SHAPE:
            shape = _shape(file, *field.span)
    return Tensor(dtype(number), shape)


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


def dtype(number: int) -> str:
    """Return the name of a type of tensors, such as `DT_FLOAT`; `dtype 1234` where it has none."""
    return _DTYPES.get(number, f"dtype {number}")


def is_signature(name: str) -> bool:
    """Whether *name* is that of a signature for clients, and not of what initialises a model."""
    return name != _INIT_OP


def shown(name: str) -> str:
    """Return the name of a tensor, signature or tag for a report: whoever uploads chooses it."""
    return name if _PLAIN.fullmatch(name) else repr(name[:100])
