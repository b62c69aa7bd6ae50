"""The lint says what simulated servers do, which were held to recordings of real ones."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.environment.arguments import owned
from generator.serving import config_reader
from generator.simulated_server.config import OK, parse
from generator.simulated_server.flags import Flags
from generator.simulated_server.server import Server
from generator.simulated_server.store import Store
from tests.kit.examples import examples
from tests.kit.lint_texts import (
    CUSTOM,
    EMPTY_LIST,
    FRESH,
    LIVE,
    TENSORFLOW,
    entry,
    findings,
    listed,
    readable,
    refused,
)
from tests.simulated_server.wedge import wedge

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
    taken = server.last_reload == OK and wedge(server) is None

    assert (LIVE in refused(text, applied)) is not taken
    if parse(applied).form:
        assert LIVE not in refused(text) or not taken


@given(files().filter(readable))
def test_a_file_after_itself_is_what_it_is_alone(text):
    """A poll of an unchanged file changes nothing, so nothing is said of a change."""
    assume(served(text).listening and parse(text).form)

    assert findings(text, text) == findings(text)
