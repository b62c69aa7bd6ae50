"""The file `saved_model.pb`, read by ranges: its signatures, without TensorFlow and its graph.

It is a `tensorflow.SavedModel` message of up to gigabytes, most of them the graph; its
signatures are a few kilobytes. See tensorflow/core/protobuf/meta_graph.proto.
"""

from generator.catalog.savedmodel.protobuf import File, Read
from generator.catalog.savedmodel.reading import SERVE
from generator.catalog.savedmodel.signatures import (
    Graph,
    Shape,
    Signature,
    Signatures,
    Tensor,
    dtype,
    is_signature,
    tagged,
)

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
    shape: Shape = ()
    for field in file.fields(start, end):
        if field.number == _DTYPE:
            number = field.value
        elif field.number == _SHAPE:
            shape = _shape(file, *field.span)
    return Tensor(dtype(number), shape)


def _shape(file: File, start: int, end: int) -> Shape:
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
