"""A SavedModel in text form, `saved_model.pbtxt`: as much of it as of a `saved_model.pb`."""

from google.protobuf import text_format

from generator.catalog.savedmodel import graph_file
from generator.catalog.savedmodel.protobuf import UnsureError
from generator.catalog.savedmodel.signatures import Graph
from generator.limits.savedmodel import TEXT_GRAPH_LINE
from generator.serving.tensorflow_serving_pb2 import SavedModel

_NEWER = "has no value named"
"""The words of the parser for a type that is younger than our messages."""


def graphs(text: bytes) -> tuple[Graph, ...]:
    """Return the graphs of the model that *text* is.

    Raises:
        UnsureError: The text has something that nobody here knows, or a line that takes too long.
        ValueError: It is malformed or cut; a server cannot read it either.
    """
    if problem := TEXT_GRAPH_LINE.exceeded(max(map(len, text.split(b"\n")))):
        raise UnsureError(f"a line has {problem}")
    try:
        found = text_format.Parse(text.decode("utf-8-sig"), SavedModel(), allow_unknown_field=True)
    except text_format.ParseError as error:
        kind = UnsureError if _NEWER in str(error) else ValueError
        raise kind(f"cut or malformed: {error}") from error
    except RecursionError as error:
        raise UnsureError("its messages are nested too deep to be read") from error
    data = found.SerializeToString()
    return graph_file.graphs(lambda start, end: data[start:end], len(data))
