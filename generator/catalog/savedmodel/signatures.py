"""Signatures of a SavedModel: the inputs and outputs of its functions, graph by graph."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from generator.text.pattern import pattern

_INIT_OP = "__saved_model_init_op"

_SHOWN = 3
_PLAIN = pattern(r"[\w.:/-]{1,100}")

# tensorflow/core/framework/types.proto, by number.
_NAMES = """
    INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32
    BFLOAT16 QINT16 QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64 FLOAT8_E5M2
    FLOAT8_E4M3FN FLOAT8_E4M3FNUZ FLOAT8_E4M3B11FNUZ FLOAT8_E5M2FNUZ INT4 UINT4 INT2 UINT2
    FLOAT4_E2M1FN
"""
_REFERENCE = 100
"""The number added to that of a type for a reference to its values, as TensorFlow 1 had."""
_DTYPES = {number: f"DT_{name}" for number, name in enumerate(_NAMES.split())}
_DTYPES |= {number + _REFERENCE: f"{name}_REF" for number, name in _DTYPES.items() if number}


Shape = tuple[int, ...] | None


class Tensor(Struct, frozen=True):
    """An input or output of a signature."""

    dtype: str
    """As in TensorFlow, such as `DT_FLOAT`."""
    shape: Shape
    """-1 is any size; None is any number of dimensions."""

    @property
    def base(self) -> str:
        """The type of a value, which a reference type (`DT_FLOAT_REF`) refers to."""
        return self.dtype.removesuffix("_REF")


class Signature(Struct, frozen=True):
    """The inputs and outputs of one function of a model, by name."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    method: str = ""
    """The API that it is made for, such as `tensorflow/serving/predict`."""
    defaults: frozenset[str] = frozenset()
    """The inputs that a request may leave out."""


Signatures = Mapping[str, Signature]
"""The signatures of a model version, by name."""


class Graph(Struct, frozen=True):
    """One graph of a SavedModel, as far as a server goes by it when it loads it."""

    tags: frozenset[str]
    signatures: Signatures
    """Without the operation that initialises a model."""
    has_saver: bool
    """Whether it restores variables: each exporter gives a graph with variables a saver."""
    assets: tuple[str, ...] = ()
    """The names, below `assets/`, of the files that it reads."""


def tagged(found: Sequence[Graph], tags: frozenset[str]) -> Graph:
    """Return the graph that a server loads: the first with exactly *tags*.

    Raises:
        ValueError: There is none.
    """
    for graph in found:
        if graph.tags == tags:
            return graph
    others = ", ".join(dict.fromkeys(tags_in_words(graph.tags) for graph in found[:_SHOWN]))
    raise ValueError(f"no graph is tagged {tags_in_words(tags)}; found: {others or 'none'}")


def tags_in_words(tags: Iterable[str]) -> str:
    """Return the tags of a graph for a report."""
    return "+".join(map(legible, sorted(tags))) or "without a tag"


def dtype(number: int) -> str:
    """Return the name of a type of tensors, such as `DT_FLOAT`; `dtype 1234` where it has none."""
    return _DTYPES.get(number, f"dtype {number}")


def is_signature(name: str) -> bool:
    """Whether *name* is that of a signature for clients, and not of what initialises a model."""
    return name != _INIT_OP


def legible(name: str) -> str:
    """Return the name of a tensor, signature or tag for a report: whoever uploads chooses it."""
    return name if _PLAIN.fullmatch(name) else repr(name[:100])
