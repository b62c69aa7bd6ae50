"""A file of a person's hand: each cause of a refusal has its words and its place."""

import pytest

from generator.serving.config_reader import Position
from generator.serving.lint.wedge import Wedge
from tests.conftest import GOLDEN
from tests.kit.lint_texts import (
    CUSTOM,
    EMPTY_LIST,
    FRESH,
    LIVE,
    TENSORFLOW,
    entry,
    findings,
    listed,
    refused,
)

BOTH = {FRESH, LIVE}
SAFE = "keep the label on 1 and add version 2 beside it"


@pytest.mark.parametrize(
    ("text", "applied", "servers", "said", "place", "hint"),
    [
        # Not a list of models.
        ("model_config_list {\n config {", None, BOTH, 'does not parse: Expected "}"', (2, 9), ""),
        (
            listed(entry("m 1", platform="nosuch: 1")),
            None,
            BOTH,
            'no field named "nosuch"',
            (5, 5),
            "",
        ),
        ("\ufeff" + listed("m 1"), None, BOTH, "byte order mark", (1, 1), "UTF-8 without"),
        (EMPTY_LIST * 2, None, BOTH, 'multiple "model_config_list"', (1, 39), ""),
        ('a: "\\n\\/"', None, BOTH, "\\/ is no escape sequence", (1, 7), "as two"),
        ("", None, BOTH, "no byte, which is a read error", None, EMPTY_LIST),
        (
            "# x",
            None,
            {LIVE},
            "a list never becomes an empty file; a fresh server",
            None,
            EMPTY_LIST,
        ),
        (
            "# x",
            None,
            {LIVE},
            "starts with no model from a file that says nothing",
            None,
            EMPTY_LIST,
        ),
        ("# x", "# y", set(), f"only a restart helps ({Wedge.W6})", None, EMPTY_LIST),
        (EMPTY_LIST, None, set(), "a live server unloads every model", None, "keep the models"),
        (CUSTOM, None, BOTH, "a list never becomes a custom_model_config", None, "write a model"),
        (CUSTOM, None, BOTH, "a fresh server crashes", None, "write a model_config_list"),
        (
            CUSTOM,
            "# y",
            BOTH,
            "a live server that runs an empty file crashes",
            None,
            "write a model",
        ),
        # Names and paths.
        (listed("m 1", "m 2"), None, BOTH, "'m' is listed twice, first in line 2", (8, 3), "once"),
        (listed("? 1"), None, set(), "takes a model without a name", (3, 5), "give it a name"),
        (
            listed(entry("m 1", "m")),
            None,
            BOTH,
            "model 'm' is relative: 'm'",
            (4, 5),
            "/models/NAME",
        ),
        (
            listed(entry("m 1", "")),
            None,
            BOTH,
            "base path of model 'm' is empty",
            (4, 5),
            "absolute",
        ),
        (listed(entry("m 1", "s3://b/m")), None, set(), "2.7.0 cannot read s3://", (4, 5), "mount"),
        # Platforms and logging.
        (listed(entry("m 1", platform="")), None, BOTH, "exits: model 'm' has no", (2, 3), "write"),
        (
            listed(entry("m 1", platform="")),
            None,
            BOTH,
            "if the model is new to it, and from then on every other file until it is restarted",
            (2, 3),
            "restart the pods",
        ),
        (
            listed("m 1", entry("n 1", platform="")),
            listed("m 1"),
            BOTH,
            f"at every poll, and from then on every other file until it is restarted ({Wedge.W1})",
            (8, 3),
            "restart the pods",
        ),
        (
            listed(entry("m 1", platform="")),
            listed("m 1"),
            BOTH,
            "at every poll, and keeps what it has: model 'm' has no model_platform",
            (2, 3),
            'write model_platform: "tensorflow"',
        ),
        (
            listed(entry("m 1", platform='model_platform: "tensorflo"')),
            EMPTY_LIST,
            BOTH,
            (
                f"and from then on the corrected file too ({Wedge.W2}): "
                "model 'm' has the platform 'tensorflo'"
            ),
            (5, 5),
            "leave the model out for one poll",
        ),
        (
            listed(entry("m 1", platform="model_type: TENSORFLOW " + TENSORFLOW)),
            EMPTY_LIST,
            BOTH,
            f"({Wedge.W1}): model 'm' has both model_type and model_platform",
            (5, 5),
            "and no model_type",
        ),
        (
            listed(entry("m 1", platform="model_type: TENSORFLOW")),
            listed("m 1"),
            set(),
            "it is deprecated",
            (5, 5),
            TENSORFLOW,
        ),
        (
            listed(entry("m 1", platform="model_type: 7")),
            None,
            BOTH,
            "a fresh server exits: model 'm' has the platform '7', which is unknown",
            (5, 5),
            TENSORFLOW,
        ),
        (
            listed("m 1"),
            listed(entry("m 1", platform='model_platform: "tensorflo"')),
            {LIVE},
            "the platform of model 'm' changes from 'tensorflo' to 'tensorflow'; a fresh server",
            (5, 5),
            "leave the model out for one poll",
        ),
        (
            listed("m 1"),
            listed("m 1", entry("n 1", platform="")),
            {LIVE},
            f"the applied file has model 'n' without one platform ({Wedge.W1})",
            None,
            "restart the pods",
        ),
        (
            listed(entry("m 1", platform=TENSORFLOW + " logging_config {}")),
            None,
            BOTH,
            "applies the models, then reports an error at every poll: model 'm' has logging_config",
            (5, 34),
            "leave logging_config out",
        ),
        # Versions.
        (
            listed("m"),
            None,
            {FRESH},
            "a fresh server waits for a version of model 'm' and never listens: `specific {}`; a",
            (6, 5),
            "pin a version",
        ),
        (listed("m"), None, {FRESH}, "server unloads model 'm'; one that does not", (6, 5), "pin"),
        (listed("m"), listed("m 1"), {FRESH}, "a live server unloads model 'm':", (6, 5), "pin"),
        (listed("m"), EMPTY_LIST, BOTH, "a live server waits for a version of", (6, 5), "leave"),
        (listed("m 1 1"), None, set(), "has a version twice", (6, 5), "once"),
        (listed("m -3"), None, set(), "versions below 0 are not what clients", (6, 5), "from 0"),
        (listed("m all"), None, set(), "policy `all`, what is served is not in the", (6, 5), "pin"),
        (
            listed("m latest a:1 b:1"),
            None,
            set(),
            f"ages out ({Wedge.W5}): 'a', 'b'",
            (6, 5),
            "specific",
        ),
        (
            listed("m 1"),
            listed("m 2"),
            set(),
            f"if the new ones fail to load, every way back to [2] waits for ever ({Wedge.W7})",
            (6, 5),
            "add the new beside the old",
        ),
        # Labels.
        (
            listed("m 1 2 stable:2"),
            listed("m 1 stable:1"),
            {LIVE},
            (
                "a live server refuses the whole file at every poll, and keeps what it has: label "
                "'stable' of model 'm' moves from 1 to 2, which it has not loaded; a fresh server "
                "takes it: pods diverge"
            ),
            (7, 5),
            SAFE,
        ),
        (listed("m 1 a:2"), None, set(), "version 2, which the file does not list", (7, 5), "list"),
        (
            listed("m 2 stable:2"),
            listed("m latest stable:1"),
            set(),
            "policy `latest` that cannot be known here",
            (7, 5),
            SAFE,
        ),
        (
            listed("m 2 stable:2"),
            listed("m 1 2 stable:1"),
            set(),
            "from 1 to 2, and version 1 goes in the same file: a revert is then refused",
            (7, 5),
            "drop version 1 a step after",
        ),
        # Models that come, go and change places.
        (
            listed("m 1", "n 1"),
            listed("m 1"),
            set(),
            f"reads no later file, while '/models/n' has none ({Wedge.W3}); that cannot be known",
            (10, 5),
            "the data is there first",
        ),
        (
            listed(entry("new 1", "/models/m/")),
            listed("m 1"),
            set(),
            "model 'm' becomes 'new': a live server unloads the one before",
            (3, 5),
            "list both first",
        ),
        (
            listed(entry("m 1 2", "/other")),
            listed("m 1"),
            set(),
            "goes on with versions [1] from the old path, a fresh one loads them from the new",
            (4, 5),
            "new version numbers",
        ),
        (
            listed(entry("m all", "/other")),
            listed("m 1"),
            set(),
            "goes on with versions that it has from the old path",
            (4, 5),
            "new version numbers",
        ),
        (
            listed("m 1"),
            "# y",
            set(),
            f"must load all of its first list ({Wedge.W6})",
            None,
            EMPTY_LIST,
        ),
        (listed("m 1"), listed("m"), set(), "does not start from the applied file", None, "pods"),
    ],
)
def test_each_cause_has_its_words(text, applied, servers, said, place, hint):
    """Who refuses it, what it does instead, where, and the way out."""
    one = next((one for one in findings(text, applied) if said in one.text), None)

    assert one is not None, [each.text for each in findings(text, applied)]
    assert one.position == (place and Position(*place))
    assert hint in one.hint
    assert refused(text, applied) == servers


@pytest.mark.parametrize(
    ("text", "applied"),
    [
        (listed("m 1 2 stable:1", "n 7"), None),
        (listed("m 1 2 stable:1"), listed("m 1 stable:1")),
        (listed("m 1 2 stable:2"), listed("m 1 2 stable:1")),
        (listed("m 2 stable:2"), listed("m 1 2 stable:2")),
        (listed("m 1 2 stable:1 canary:2"), listed("m 1 stable:1")),
        (listed(entry("m 1", "gs://b/m")), listed(entry("m 1", "gs://b/m/"))),
        (
            listed(entry("m 2", "/other")).replace("2", "1 versions: 2"),
            listed(entry("m 1", "/other")),
        ),
    ],
)
def test_a_safe_step_is_found_good(text, applied):
    """A lint that cries wolf is switched off."""
    assert findings(text, applied) == ()


@pytest.mark.parametrize("path", sorted(GOLDEN.rglob("models.config")), ids=str)
def test_what_we_write_is_found_good(path):
    """All that a stock image may say of our files is that it cannot read s3://."""
    text = path.read_text()

    said = [one.text for one in findings(text, text)]
    assert said == [one for one in said if "cannot read s3://" in one]
    assert bool(said) is ("s3://" in text)


def test_findings_come_in_the_order_of_the_file():
    """A person works from the top to the bottom."""
    text = listed(entry("m 1", "m"), "n 1 a:2", "m 2")
    places = [one.position for one in findings(text, listed("n 1 a:1")) if one.position]

    assert places == sorted(places)
    assert len(places) > 4


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("max_batch_size { value: 8 }\nallowed_batch_sizes : 8\n", "--batching_parameters_file"),
        ('prometheus_config { enable: true, path: "/metrics" }', "--monitoring_config_file"),
    ],
)
def test_another_file_of_a_server_is_told_by_the_flag_that_names_it(text, flag):
    """To correct it would not help."""
    assert {it.hint for it in findings(text)} == {
        f"it is what servers read by {flag}: name the file of --model_config_file here"
    }


@pytest.mark.parametrize(
    ("path", "end"),
    [("/models/m/1", "/models/m"), ("/models/m/0042/", "/models/m"), ("gs://b/m//7", "gs://b/m")],
)
def test_a_base_path_that_ends_at_a_version_is_a_warning_with_where_to_end_it(path, end):
    """Servers look for versions below it; a model may have a number for its name all the same."""
    [found] = [it for it in findings(listed(entry("m 1", base_path=path))) if "below it" in it.text]

    assert found.severity == "warning"
    assert str(Wedge.W3) in found.text
    assert repr(end) in found.hint


@pytest.mark.parametrize("path", ["/models/m", "/1", "/models/v1", "/models/m-1", "/models/1/m"])
def test_a_base_path_of_a_model_is_no_version(path):
    """Nor is the top of a disk."""
    assert not [
        it for it in findings(listed(entry("m 1", base_path=path))) if "below it" in it.text
    ]
