"""`generator.catalog.savedmodel.text_format`: a SavedModel in text form."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel.protobuf import UnsureError
from generator.catalog.savedmodel.signatures import Graph, Signature, Tensor
from generator.catalog.savedmodel.text_format import graphs
from generator.limits.savedmodel import TEXT_GRAPH_LINE

TEXT = """
# a comment
saved_model_schema_version: 1
meta_graphs: <
  meta_info_def {
    stripped_op_list { op { name: "Add" attr { key: "T" value { list { type: DT_FLOAT } } } } }
    tags: "serve", tags: 'gpu'
    tensorflow_version: "2.99.0"
  }
  graph_def { node { name: "x" attr { key: "value" value { tensor { int_val: -1 } } } } }
  saver_def { filename_tensor_name: "save/Const:0" sharded: true }
  signature_def {
    key: "serving_default"
    value {
      inputs { key: "x" value { name: "x:0" dtype: DT_FLOAT tensor_shape { dim { size: -1 } } } }
      inputs { key: "s" value { dtype: DT_INT64_REF tensor_shape { unknown_rank: true } } }
      outputs { key: "y" value { name: "y:0" dtype: DT_STRING tensor_shape { } } }
      method_name: "tensorflow/serving/predict"
      defaults { key: "s" value { dtype: DT_INT64 tensor_shape { } int64_val: 3 } }
    }
  }
  signature_def { key: "__saved_model_init_op" value { outputs { key: "init" value { } } } }
  asset_file_def { tensor_info { name: "a:0" } filename: "words.txt" }
  a_field_of_a_later_release { x: [1, 2] y { z: -inf } }
>
meta_graphs { }
"""


def test_what_decides_on_loading_and_signatures_is_read():
    """In any of the forms that the text format allows, and whatever else stands beside it."""
    x, s, y = Tensor("DT_FLOAT", (-1,)), Tensor("DT_INT64_REF", None), Tensor("DT_STRING", ())
    method, defaults = "tensorflow/serving/predict", frozenset({"s"})

    assert graphs(TEXT.encode()) == (
        Graph(
            frozenset({"serve", "gpu"}),
            {"serving_default": Signature({"x": x, "s": s}, {"y": y}, method, defaults)},
            has_saver=True,
            assets=("words.txt",),
        ),
        Graph(frozenset(), {}, has_saver=False),
    )
    assert graphs(b"") == ()


@pytest.mark.parametrize(
    "data",
    [b"meta_graphs {", b"junk", b"\xff\xfe", b"meta_graphs { saver_def: 3 }", b"\x00"],
)
def test_what_cannot_be_read_is_said_in_words(data):
    """In one line: it goes into a report."""
    with pytest.raises(ValueError, match=r"."):
        graphs(data)


@pytest.mark.parametrize(
    "nested", [b"x {\n" * 5000, b"meta_graphs { graph_def {\n" + b"x {\n" * 5000]
)
def test_a_text_that_is_nested_too_deep_is_neither_good_nor_bad(nested):
    """A server's parser has no such limit."""
    with pytest.raises(UnsureError, match="nested too deep"):
        graphs(nested)


def test_a_byte_order_mark_is_no_part_of_the_text():
    """As to a server's parser."""
    assert graphs(TEXT.encode("utf-8-sig")) == graphs(TEXT.encode())


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused(data):
    """No file, however broken, escapes as another exception."""
    with contextlib.suppress(ValueError):
        graphs(data)


@given(st.integers(0, len(TEXT) - 1), st.text("{}<>[]\"':;,#\n0x-", min_size=1, max_size=3))
def test_a_damaged_text_is_read_or_refused(place, noise):
    """Nor does one that was whole once."""
    with contextlib.suppress(ValueError):
        graphs((TEXT[:place] + noise + TEXT[place + len(noise) :]).encode())


@pytest.mark.parametrize("unit", [b"a: 1 ", rb"a: '\377' "])
def test_a_line_at_its_limit_is_read_and_a_longer_one_is_left_alone(unit):
    """The parser copies the line for each field that it does not know: minutes for a megabyte."""
    line = (unit * TEXT_GRAPH_LINE)[: TEXT_GRAPH_LINE // len(unit) * len(unit)]
    line += b" " * (TEXT_GRAPH_LINE - len(line))

    assert graphs(b"\n".join([line, line])) == ()
    with pytest.raises(UnsureError, match=r"16,385 bytes, expected at most 16,384"):
        graphs(b"\n".join([line, line + b" "]))
