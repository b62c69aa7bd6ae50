"""`environment.scalar` and `notation`: numbers are decimal, and texts are what was written."""

import contextlib
import textwrap

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.environment import load, schema, yaml_document
from generator.environment.edit import rule_edit
from generator.environment.edit.rule_edit import OwnRule
from generator.environment.project_folder import texts
from generator.environment.scalar import Unclear, decimal, is_text_to_all, value
from generator.environment.texts import Texts
from generator.errors import InvalidInputError
from generator.limits.yaml import YAML_BYTES
from tests.kit.environments import GOOD

SPEC = textwrap.dedent(
    """\
    apiVersion: tfs-gitops/v1
    kind: Environment
    metadata: {{name: dev}}
    spec:
      source: {{url: "s3://m", region: {region}}}
      delivery: {{repository: f.git, limits: {{removals: {removals}}}}}
      serving:
        image: "a:1"
        replicas: {replicas}
        warmup: {warmup}
        gpu: {{memoryFraction: {fraction}}}
        flags: {{grpc_max_threads: {flag}}}
        resources: {{limits: {{memory: {memory}}}}}
      policy:
        - match: {match}
          versions: {{pin: [{pin}], minAge: {age}}}
          labels: {{stable: {label}}}
          require: {{maxBytes: {size}}}
    """
)
GIVEN = {
    "region": "eu",
    "removals": "10%",
    "replicas": "2",
    "warmup": "true",
    "fraction": "0.5",
    "flag": "8",
    "memory": "4Gi",
    "match": "m",
    "pin": "1",
    "age": "24h",
    "label": "1",
    "size": "2Gi",
}


def told(**values):
    """Return the problems of a document with *values* in place of good ones."""
    try:
        return schema.problems(yaml_document.read(SPEC.format(**GIVEN | values), "x.yaml"))
    except InvalidInputError as error:
        return list(error.problems)


def test_the_document_is_good():
    """So that each problem below is that of one value."""
    assert told() == []


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("010", "write 10"),
        ("00000123", "write 123"),
        ("08", "write 8"),
        ("0x8", "write 8"),
        ("0o10", "write 8"),
        ("0b11", "write 3"),
        ("1_0", "write 10"),
        ("1e3", "write 1000"),
        ("1.5e+3", "write 1500"),
        ("+5", "write 5"),
        ("1.0", "write 1"),
        ("5.", "write 5"),
        ("20:30", "write plain decimal digits"),
        (".5", "write plain decimal digits"),
        (".inf", "write plain decimal digits"),
        (".nan", "write plain decimal digits"),
        ("yes", "write plain decimal digits"),
        ('"00000123"', "write 123 without quotes"),
        ("'1'", "write 1 without quotes"),
        ("1.5", ""),
        ("x", ""),
    ],
)
@pytest.mark.parametrize("key", ["replicas", "pin", "label"])
def test_only_plain_decimal_digits_are_a_whole_number(key, written, advice):
    """All else is shown as it was written, with what to write: no reader's octal is served."""
    (problem,) = told(**{key: written})

    shown = {"x": '"x"', "'1'": '"1"'}.get(written, written)
    assert f": found {shown}, expected " in problem
    assert problem.endswith(f": {advice}") or not advice


@pytest.mark.parametrize("written", ["0", "-0", "7", "-12", "9223372036854775807"])
def test_plain_decimal_digits_are_a_number(written):
    """To every reader the same."""
    assert value(written) == yaml.safe_load(written) == int(written)


@pytest.mark.parametrize(("written", "number"), [("0.5", 0.5), ("1.0", 1.0), ("1", 1)])
def test_a_share_is_a_plain_decimal_fraction(written, number):
    """The one number here that need not be whole."""
    assert told(fraction=written) == []
    assert value(written) == number


@pytest.mark.parametrize(
    ("written", "advice"), [(".5", "0.5"), ("5e-1", "0.5"), ("+0.5", "0.5"), ('"0.5"', "0.5 w")]
)
def test_another_spelling_of_a_share_is_told_the_plain_one(written, advice):
    """As it was written, and as it is to be."""
    (problem,) = told(fraction=written)

    assert f"found {written}, expected a number: write {advice}" in problem


@pytest.mark.parametrize("written", ["20:30", "no", "on", "123", "1.10", "010", "true", "0x1"])
def test_where_a_text_is_wanted_what_is_no_text_is_to_be_quoted(written):
    """It is shown as it was written: not 1230, not false, not 1.1."""
    (problem,) = told(match=written)

    assert problem.endswith(f'found {written}, expected text: write "{written}" in quotes')
    assert told(match=f'"{written}"') == []


@pytest.mark.parametrize("written", ["2026-01-01", "1e3", "1.2.3", "y", "12ab", "null-model"])
def test_a_word_is_a_text(written):
    """Also one with digits, and a date."""
    assert told(match=written) == []
    assert value(written) == written


@pytest.mark.parametrize("written", ["yes", "Yes", "on", '"true"', '"no"'])
def test_only_true_and_false_are_truths(written):
    """YAML 1.2 has no others, and Kustomize would quote them."""
    (problem,) = told(warmup=written)

    assert f"found {written}, expected true or false: write " in problem


@pytest.mark.parametrize(
    ("key", "written"),
    [("flag", "010"), ("memory", "010"), ("memory", "0x10"), ("size", "010"), ("removals", "010")],
)
def test_a_value_that_may_be_a_number_or_a_text_is_never_taken_for_another(key, written):
    """A reader of YAML 1.1 would hand 8 on."""
    (problem,) = told(**{key: written})

    assert f"found {written}, expected " in problem


@pytest.mark.parametrize(
    ("key", "written"),
    [
        *(("removals", text) for text in ("10%", "12.5%", "3")),
        *(("memory", text) for text in ("4Gi", "129e6", '"010"', "0.5")),
        *(("size", text) for text in ("2Gi", "1024")),
        *(("flag", text) for text in ("0.25", "true", "a-word", '"010"')),
    ],
)
def test_shares_durations_and_sizes_are_texts_as_before(key, written):
    """The number rule is for what is written without a unit."""
    assert told(**{key: written}) == []


def test_a_duration_without_its_unit_is_told_the_form():
    """Quotes would not help."""
    (problem,) = told(age="24")

    assert "found 24, expected text: a whole number with a unit, such as 90s" in problem


def test_a_number_of_thousands_of_digits_is_an_error_of_one_line():
    """It is neither converted nor printed."""
    (long,), (too_long,) = told(pin="1" * 3_999), told(pin="1" * 5_000)

    assert "111... (3,999 digits), expected a whole number" in long
    assert "a value of more than 4,000 characters" in too_long
    assert max(len(long), len(too_long)) < 300


@pytest.mark.parametrize(
    ("key", "written"),
    [
        *(("removals", f"{'9' * length}%") for length in (400, 5_000)),
        *(("size", f"{'9' * length}Gi") for length in (400, 5_000)),
        *((key, f"'{'1' * 5_000}'") for key in ("match", "region", "age", "memory", "flag")),
        ("match", "a" * 5_000),
    ],
)
def test_a_text_of_thousands_of_characters_is_an_error_of_one_line(key, written):
    """What is in it may become a number, a pattern or a name."""
    (problem,) = told(**{key: written})

    assert len(problem) < 400


@given(st.integers(0, 10**18), st.sampled_from(["0{}", "+{}", "{:#x}", "{:#o}", "{:_}", "{}.0"]))
def test_the_plain_spelling_of_a_number_is_the_number(number, spelling):
    """Whatever the spelling, a person is told the right one."""
    assert decimal(spelling.format(number)) == str(number)


@given(st.text("0123456789-+.:_exobyn ", max_size=8))
def test_no_number_is_read_that_another_reader_reads_otherwise(text):
    """Either PyYAML has the same value, or it is a text or unclear to us."""
    found = value(text)

    assert (
        isinstance(found, str | Unclear)
        or found is None
        or (found == yaml.safe_load(text) and type(found) is type(yaml.safe_load(text)))
    )
    if is_text_to_all(text) and text.strip() == text and ": " not in f"{text} ":
        with contextlib.suppress(yaml.YAMLError):
            assert yaml.safe_load(f"[{text}]") == [text]


ODD = [
    *("!!bool x", "!!timestamp x", '!!int ""', '!!float ""', "!!null x", "!!binary x", "!!set {a}"),
    *("!!python/object:os.system x", "!own x", "! x", "!!str 1", "!!seq [1]", "!!map {a: 1}"),
    *('"\\U00110000"', '"\\UFFFFFFFF"', '"\\ud800"', '"\\0"', '"\\x07"', '"a\\nb"', "|\n    a\n"),
    *(".inf", ".nan", "1" * 5_000, f"0x{'f' * 5_000}", f"{'1' * 400}.0", "[" * 5_000),
    *("{a: " * 3_000, "&a [*a]", "&a {b: *a}", "*nothing", "{<<: {a: 1}}", "@", "`", "%", "\t- a"),
    *("{a: 1, a: 2}", "? [a]\n  : b", "{[1]: 2}", "x\n---\nkind: y", "x\n...\nz", "'open"),
    '{"stable\\n": 1}',
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd[:30]))
@pytest.mark.parametrize("where", ["kind: Environment", "latest: 2", '"*"', "{latest: 2}"])
def test_an_odd_scalar_or_a_tag_is_an_error_with_its_place(odd, where):
    """Exit 3 and a line, whatever the library would raise."""
    text = GOOD.replace(where, odd if where[0] in '"{' else f"{where.split(':')[0]}: {odd}")

    with pytest.raises(InvalidInputError) as refused:
        _validated(text)

    assert all(problem.startswith("environments/dev.yaml:") for problem in refused.value.problems)
    assert all(len(problem) < 500 for problem in refused.value.problems)


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-16"),
        GOOD.encode("utf-16-le"),
        GOOD.encode("utf-32"),
        b"\xff" + GOOD.encode(),
        GOOD.replace("dev", "d\xe4v").encode("latin-1"),
        GOOD.encode() + b"\0",
        b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode(),
        b"",
        b"---\n",
        b"# nothing\n",
    ],
)
def test_a_file_that_is_no_text_of_an_environment_is_an_error(tmp_path, data):
    """Other encodings too: the editor's menu is the next step."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/dev.yaml").write_bytes(data)

    with pytest.raises(InvalidInputError) as refused:
        load.load(texts(tmp_path), "dev")

    assert all(problem.startswith("environments/dev.yaml:") for problem in refused.value.problems)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    """Editors of one system write it."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/dev.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())

    assert load.load(texts(tmp_path), "dev").name == "dev"


PIECES = st.one_of(
    st.sampled_from([*ODD[:-6], "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "#", "\n", "  ", '"']),
    st.sampled_from(
        ["010", "no", "~", "1e3", "20:30", "2026-99-99", "=", "<<", "\u2028", "\ufeff"]
    ),
    st.text(max_size=3),
)


@st.composite
def edited(draw):
    """Draw the good text after a slip of the keyboard, or of a merge."""
    text = GOOD
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(PIECES) + text[at + draw(st.integers(0, 12)) :]
    return text


@given(edited())
def test_any_edit_of_an_environment_loads_or_is_an_error_with_its_place(text):
    """Never a traceback."""
    try:
        _validated(text)
        told = ()
    except InvalidInputError as error:
        told = error.problems

    assert all(problem.startswith(("environments/", "no environment")) for problem in told)


@given(edited())
def test_what_edits_a_file_reads_it_as_what_loads_it(text):
    """A promotion is spliced into what was read, or not at all."""
    rule = OwnRule("*", frozenset({"*"}), {"versions": {"pin": [7]}})
    try:
        before = yaml_document.read(text, "x").data
    except InvalidInputError:
        before = None

    for edit in (rule_edit.in_place, rule_edit.appended):
        after = edit(text, rule)
        if after is not None:
            rules = yaml_document.read(after, "x").data["spec"].pop("policy")
            assert before is not None
            assert {"match": "*", "versions": {"pin": [7]}} in [
                {key: rule[key] for key in ("match", "versions") if key in rule}
                for rule in rules
                if isinstance(rule, dict)
            ]


def _validated(text):
    """Load *text* as the environment dev."""
    return load.load(Texts({"dev": text}.get, ("dev",)), "dev")


def test_a_text_of_more_bytes_than_a_file_may_have_is_not_parsed():
    """Whatever it came from: an edit may make a file longer than it was read."""
    with pytest.raises(InvalidInputError) as caught:
        yaml_document.read("#" * (YAML_BYTES + 1), "dev.yaml")

    assert str(caught.value.problems[0]) == (
        "dev.yaml:1:1: 2,097,153 bytes, expected at most 2,097,152"
    )
