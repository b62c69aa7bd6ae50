"""SavedModels as TensorFlow writes them, from their fields, without TensorFlow."""

from collections.abc import Iterable

_FLOAT = 1  # DT_FLOAT


def varint(value: int) -> bytes:
    """Return an integer as protobuf writes it."""
    value %= 2**64
    low = value & 0x7F
    return bytes([low]) if value == low else bytes([low | 0x80]) + varint(value >> 7)


def field(number: int, value: int | str | bytes) -> bytes:
    """Return a field with an integer, a text or a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def entry(number: int, key: str, value: bytes) -> bytes:
    """Return an entry of a map."""
    return field(number, field(1, key) + field(2, value))


def info(*tags: str) -> bytes:
    """Return the field `meta_info_def` of a graph, with its operators and release."""
    inside = field(2, b"\x0a\x00" * 100) + b"".join(field(4, tag) for tag in tags)
    return field(1, inside + field(5, "2.20.0") + field(7, 1))


def saved(*graphs: Iterable[bytes]) -> bytes:
    """Return a `saved_model.pb` of *graphs*, each the fields of one."""
    return field(1, 1) + b"".join(field(2, b"".join(graph)) for graph in graphs)


def constant(note: str = "") -> bytes:
    """Return a `saved_model.pb` without variables or signatures; *note* makes it another one."""
    return saved([field(1, field(4, "serve") + field(5, note))])


SAVER = field(3, field(1, "save/Const:0") + field(3, "save/restore_all") + field(7, 2))
"""The saver of a graph, which says that it has variables."""


def floats(*tags: str, inputs: Iterable[str] = "x", more: bytes = b"") -> bytes:
    """Return a `saved_model.pb` without variables, whose signature takes and answers floats."""
    tensors = field(2, _FLOAT) + field(3, field(2, field(1, -1)))
    sides = b"".join(entry(1, name, tensors) for name in inputs) + entry(2, "y", tensors)
    signature = entry(5, "serving_default", sides + field(3, "tensorflow/serving/predict") + more)
    return saved([info(*tags or ("serve",)), signature])
