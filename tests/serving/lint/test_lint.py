"""`check --config`: what servers do with a file of a person's hand, held to the simulator."""

import warnings
from itertools import pairwise

import pytest
from click.testing import CliRunner
from google.protobuf import text_format
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.cli import main
from generator.environment.arguments import owned
from generator.serving import config_reader
from generator.serving.config_reader import Position
from generator.serving.lint import lint
from generator.serving.lint.finding import Finding, Severity
from tests.conftest import GOLDEN
from tests.kit.examples import examples
from tests.simulator import scenario
from tests.simulator.config import OK, RefusedError, parse
from tests.simulator.flags import Flags
from tests.simulator.server import Server
from tests.simulator.store import Store

FRESH, LIVE, WARNING = Severity.REFUSED_FRESH, Severity.REFUSED_LIVE, Severity.WARNING
EMPTY_LIST = "model_config_list {}"
CUSTOM = 'custom_model_config { type_url: "x/y" }'
TENSORFLOW = 'model_platform: "tensorflow"'


def entry(words: str, base_path: str | None = None, platform: str = TENSORFLOW) -> str:
    """Return a model from its name, its pins or a policy's name, and its labels: `m 1 a:1`."""
    name, *rest = words.split()
    pins = " ".join(f"versions: {word}" for word in rest if word.lstrip("-").isdigit())
    policy = next((f"{word} {{}}" for word in rest if word in {"all", "latest"}), None)
    labels = [word.split(":") for word in rest if ":" in word]
    lines = [
        f'name: "{name.strip("?")}"',
        f'base_path: "{f"/models/{name}" if base_path is None else base_path}"',
        platform,
        f"model_version_policy {{ {policy or f'specific {{ {pins} }}'} }}",
        *(f'version_labels {{ key: "{key}" value: {value} }}' for key, value in labels),
    ]
    return "  config {\n" + "".join(f"    {line}\n" for line in lines if line) + "  }\n"


def listed(*models: str) -> str:
    """Return a file of models, each as words or as the text of an entry."""
    texts = [one if "config" in one else entry(one) for one in models]
    return "model_config_list {\n" + "".join(texts) + "}\n"


def findings(text: str, applied: str | None = None) -> tuple[Finding, ...]:
    """Return what the lint says of *text* for a live server that runs *applied*."""
    return lint.lint(text, None if applied is None else config_reader.read(applied))


def refused(text: str, applied: str | None = None) -> set[Severity]:
    """Return which servers do not take *text*."""
    return {one.severity for one in findings(text, applied)} - {WARNING}


# --- What is said, where, and what to do instead --------------------------------------------

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
        ("# x", "# y", set(), "only a restart helps (W6)", None, EMPTY_LIST),
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
            "at every poll, and from then on every other file until it is restarted (W1)",
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
            "and from then on the corrected file too (W2): model 'm' has the platform 'tensorflo'",
            (5, 5),
            "leave the model out for one poll",
        ),
        (
            listed(entry("m 1", platform="model_type: TENSORFLOW " + TENSORFLOW)),
            EMPTY_LIST,
            BOTH,
            "(W1): model 'm' has both model_type and model_platform",
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
            "the applied file has model 'n' without one platform (W1)",
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
        (listed("m latest a:1 b:1"), None, set(), "ages out (W5): 'a', 'b'", (6, 5), "specific"),
        (
            listed("m 1"),
            listed("m 2"),
            set(),
            "if the new ones fail to load, every way back to [2] waits for ever (W7)",
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
            "reads no later file, while '/models/n' has none (W3); that cannot be known",
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
        (listed("m 1"), "# y", set(), "must load all of its first list (W6)", None, EMPTY_LIST),
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


# --- Text format --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            'model_config_list: { config: { name: \'m\', base_path: "/a" "/b"; model_type: 1 } }',
            {"": (1, 22), "name": (1, 32), "base_path": (1, 43), "model_type": (1, 65)},
        ),
        (
            '# { \r\nmodel_config_list <\r\n config [{name: \'}#\'}, # x\r\n {name:"\\""}]>',
            {"": (4, 2), "name": (4, 3)},
        ),
        (
            'model_config_list{config{version_labels:[{key:"a"value:1},<value:2 key:"\\142">]}}',
            {"": (1, 19), "version_labels": (1, 42), "label a": (1, 42), "label b": (1, 59)},
        ),
        (
            (
                "model_config_list { config { logging_config { custom_logging_config {\n"
                "[type.googleapis.com/google.protobuf.Any] { value: '{' } } }\n\tname: 'm' } }"
            ),
            {"": (1, 21), "logging_config": (1, 30), "name": (3, 2)},
        ),
    ],
)
def test_a_place_is_where_the_field_begins(text, places):
    """Whatever the spelling: lists, brackets, comments, joined strings, CRLF."""
    model = config_reader.read(text).models[-1]

    assert dict(model.positions) == {key: Position(*place) for key, place in places.items()}


ONE_OF_EACH = listed(
    entry("m 1 a:1", platform="model_type: OTHER logging_config { sampling_config { } }"), "n all"
)
PIECES = st.sampled_from(
    [*"{}[]<>:,;#\"'\n\\", "config", "name", "-", "1", "[{", "}]", "''", "all {}", "\ufeff"]
)


@st.composite
def damaged(draw):
    """A text with a part cut out and another put in, a few times."""
    text = draw(st.sampled_from([ONE_OF_EACH, CUSTOM, "model_config_list { config: [{}, {}] }"]))
    for _ in range(draw(st.integers(0, 3))):
        start, size = draw(st.integers(0, len(text))), draw(st.integers(0, 5))
        text = text[:start] + draw(PIECES) + text[start + size :]
    return text


def readable(text: str) -> bool:
    """Whether the server's own messages parse *text*.

    Where the server's parser refuses an escape sequence, the one in Python warns.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parse(text)
    except (RefusedError, DeprecationWarning):
        return False
    return True


@given(damaged() | st.text())
def test_any_text_is_linted_and_readable_where_the_servers_messages_read_it(text):
    """No text, however broken, escapes as an exception; our messages know the same fields."""
    said = any(word in one.text for one in findings(text) for word in ("parse", "byte"))

    assert said is not readable(text)


def test_every_recorded_config_is_linted():
    """What real servers were given, beside what they were given before."""
    for one in scenario.load():
        texts = [step.facts[0] for step in one.steps if step.what == "write"]
        for before, text in pairwise(["", *(text for text in texts if text is not None)]):
            applied = before if readable(before) else None
            assert (LIVE in refused(text, applied)) >= (not readable(text))


# --- The simulated servers, which were held to recordings of the real ones ------------------

VERSIONS = (1, 2, 3)
FLAGS = Flags(
    model_config_file_poll_wait_seconds=1,
    num_load_threads=2,
    max_num_load_retries=0,
    allow_version_labels_for_unavailable_models=True,
)


def rarely(usual, *others):
    """Mostly *usual*, so that most files have at most one fault."""
    return st.sampled_from([usual] * 12 + list(others))


NUMBER = st.sampled_from(VERSIONS)
PINS = st.sets(NUMBER, min_size=1).map(lambda pins: " ".join(map(str, sorted(pins))))
POLICY = rarely("pins", "", "all", "latest")
LABELS = st.dictionaries(st.sampled_from("ab"), NUMBER, max_size=2)
BASE_PATH = rarely(None, "/models/other", "file:///models/m", "rel", "")
PLATFORM = rarely(
    TENSORFLOW,
    "",
    'model_platform: "x"',
    "model_type: TENSORFLOW",
    "model_type: OTHER",
    "model_type: TENSORFLOW " + TENSORFLOW,
    TENSORFLOW + " logging_config {}",
)


@st.composite
def entries(draw, name: str) -> str:
    """The text of a model: versions and labels as they come, a fault now and then."""
    policy = draw(POLICY)
    labels = [f"{key}:{value}" for key, value in draw(LABELS).items()]
    words = " ".join([name, draw(PINS) if policy == "pins" else policy, *labels])
    return entry(words, draw(BASE_PATH), draw(PLATFORM))


CHOSEN = st.sampled_from([["m"], ["m"], ["m", "n"], ["n"], ["n", "m", "?"], ["m", "m"]])
ENTRIES = {name: entries(name) for name in ("m", "n", "?")}
FORM = rarely("list", "", "# nothing", EMPTY_LIST, CUSTOM, "mark", "cut")


@st.composite
def files(draw) -> str:
    """A whole file: mostly a list of models."""
    text = listed(*[draw(ENTRIES[name]) for name in draw(CHOSEN)])
    form = draw(FORM)
    return {"list": text, "mark": "\ufeff" + text, "cut": text[:-9]}.get(form, form)


def full_store() -> Store:
    """Return a store with the data of every version, at every base path."""
    store = Store()
    for name in ("m", "n", "?", "other"):
        for version in VERSIONS:
            store.put(f"/models/{name}", version)
    return store


def served(text: str) -> Server:
    """Return a server that had time to start from *text*."""
    server = Server(FLAGS)
    server.start(text, full_store())
    server.tick(2)
    return server


def test_the_flags_are_those_of_our_servers():
    """The lint speaks of servers with these; without the label flag more is refused."""
    assert owned_flag("allow_version_labels_for_unavailable_models") is True
    assert owned_flag("num_load_threads") == FLAGS.num_load_threads


def owned_flag(name: str) -> object:
    """Return the value that this program gives a flag."""
    from generator.environment.serving import ServerSpec  # noqa: PLC0415

    return owned(ServerSpec())[name]


@settings(max_examples=examples(300))
@given(files())
def test_a_fresh_server_is_refused_what_it_does_not_serve_from(text):
    """Refused by the lint, if and only if the process ends or never listens."""
    assert (FRESH in refused(text)) is not served(text).listening


def unknown(applied: str, text: str) -> bool:
    """Whether a label moves from a model whose versions only the store knows."""
    before = {model.name: model for model in config_reader.read(applied).models}
    return any(
        model.name in before
        and before[model.name].versions is None
        and before[model.name].labels.get(label, version) != version
        for model in (config_reader.read(text).models if readable(text) else ())
        for label, version in model.labels.items()
    )


@settings(max_examples=examples(300))
@given(files().filter(readable), files())
def test_a_live_server_is_refused_what_it_does_not_take(applied, text):
    """Refused by the lint, if and only if the reload fails, hangs, or the process ends."""
    server = served(applied)
    assume(server.listening and not unknown(applied, text))
    server.file = text
    server.tick(3)
    taken = server.last_reload == OK and server.wedged() is None

    assert (LIVE in refused(text, applied)) is not taken
    if parse(applied).form:
        assert LIVE not in refused(text) or not taken


@given(files().filter(readable))
def test_a_file_after_itself_is_what_it_is_alone(text):
    """A poll of an unchanged file changes nothing, so nothing is said of a change."""
    assume(served(text).listening and parse(text).form)

    assert findings(text, text) == findings(text)


# --- The command --------------------------------------------------------------------------


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Run `check` in a folder with files."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **texts: str):
        for name, text in texts.items():
            (tmp_path / f"{name}.config").write_bytes(text.encode())
        return CliRunner().invoke(main, ["check", *arguments])

    return run


def test_a_refused_file_exits_3_with_the_places(check):
    """One line for each server that refuses, one way out for both, then the verdicts."""
    done = check("--config", "new.config", new=listed(entry("m 1", "m")).replace("\n", "\r\n"))

    assert done.exit_code == 3
    assert done.stdout.splitlines() == [
        (
            "new.config:4:5: refused-fresh: a fresh server exits: the base path of model 'm' is "
            "relative: 'm'"
        ),
        (
            "new.config:4:5: refused-live: a live server refuses the whole file at every poll, and "
            "keeps what it has: the base path of model 'm' is relative: 'm'"
        ),
        "  way out: write an absolute path such as /models/NAME, or a URL",
        "new.config: a fresh server does not take it",
        "new.config: a live server with any list does not take it",
    ]


def test_what_one_server_refuses_exits_3(check):
    """A fresh pod takes it and a live one does not: that is what is so hard to see."""
    old, new = listed("m 1 stable:1"), listed("m 1 2 stable:2")
    done = check("--config", "new.config", "--applied", "old.config", old=old, new=new)

    assert done.exit_code == 3
    assert "new.config:7:5: refused-live: a live server refuses the whole file" in done.stdout
    assert "new.config: a fresh server takes it\n" in done.stdout
    assert "a live server that runs old.config does not take it" in done.stdout


def test_a_warning_exits_0(check):
    """Servers take it, and we would never write it."""
    done = check("--config", "new.config", new=listed("m latest"))

    assert done.exit_code == 0
    assert "new.config:6:5: warning: model 'm': with the policy `latest`" in done.stdout
    assert done.stdout.endswith("new.config: a live server with any list takes it\n")
    assert "--applied" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["prod", "--config", "m.config"], 2, "ENV and --config exclude each other"),
        (["--applied", "m.config"], 2, "--applied needs --config"),
        (["--config", "none.config"], 2, "none.config"),
        (["--config", "m.config", "--applied", "bad.config"], 3, "bad.config:1:21: no server runs"),
        (["--config", "latin.config"], 3, "latin.config:2: byte 1 is not UTF-8"),
    ],
)
def test_what_cannot_be_compared_is_said(check, tmp_path, arguments, code, said):
    """A wrong call is exit 2, a file that no server can run is exit 3."""
    (tmp_path / "latin.config").write_bytes(b"\n\xe9")
    done = check(*arguments, m=listed("m 1"), bad="model_config_list { nosuch: 1 }")

    assert done.exit_code == code
    assert said in done.stderr


def test_the_help_shows_how():
    """The example is the shortest manual."""
    text = CliRunner().invoke(main, ["check", "--help"]).stdout

    assert "tfs-gitops check --config edited.config --applied models.config" in text


def test_our_messages_print_what_they_read():
    """Fields that we only recognise go through unchanged."""
    message = text_format.Parse(ONE_OF_EACH, config_reader.ModelServerConfig())

    assert "model_type: OTHER" in str(message)


@pytest.mark.parametrize(
    ("name", "label", "unsayable"),
    [
        ("team/ranker", "stable", {"the name 'team/ranker'"}),
        ("a b", "one cluster", {"the name 'a b'", "the label 'one cluster'"}),
        ("R&D", "a/b", {"the name 'R&D'", "the label 'a/b'"}),
        ("_x", "", {"the name '_x'", "the label ''"}),
        ("n" * 254, "a", {f"the name '{'n' * 200}'… (254 characters)"}),
        ("Res-net_v1.5", "stable-1_a.b", set()),
    ],
)
def test_a_name_that_a_policy_cannot_say_is_told_before_the_move(name, label, unsayable):
    """Servers take it, and clients ask for it: they have to change with the fleet."""
    text = (
        f'model_config_list {{ config {{ name: "{name}" base_path: "/m" model_platform: '
        '"tensorflow" model_version_policy { specific { versions: 0 } } '
        f'version_labels {{ key: "{label}" value: 0 }} }} }}'
    )
    told = [one for one in findings(text) if "a policy cannot say" in one.text]
    assert {one.text.partition("cannot say ")[2].partition(", by")[0] for one in told} == unsayable
    assert {one.severity for one in findings(text)} <= {WARNING}
    assert all("have clients ask for" in one.hint for one in told)
