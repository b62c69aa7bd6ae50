"""Files of the simulated server: it refuses one, starts from it, or keeps what it has."""

import pytest

from generator.simulated_server.config import parse
from generator.simulated_server.server import Failure
from tests.simulated_server.short_configs import (
    BROKEN,
    EMPTY_LIST,
    entry,
    listed,
    started,
    store,
    then,
)
from tests.simulated_server.wedge import wedge


@pytest.mark.parametrize(
    ("text", "verdict", "left"),
    [
        ("", "unreadable", {"m": {1}}),
        (None, "unreadable", {"m": {1}}),
        ("# nothing", "transition", {"m": {1}}),
        ('custom_model_config { type_url: "x/y" }', "transition", {"m": {1}}),
        (listed("m"), "ok", {}),
        (EMPTY_LIST, "ok", {}),
        (listed("m 1", "m 2"), "duplicate m", {"m": {1}}),
        (listed(entry("m 1", platform='model_platform: "x"')), "platform-changed m", {"m": {1}}),
        (listed(entry("m 1", platform="")), "platform-unset m", {"m": {1}}),
        (listed("m 1", entry("n 1", base_path='base_path: "n"')), "path n", {"m": {1}}),
        (listed("m 1", entry("n 1", base_path="")), "path n", {"m": {1}}),
        (listed("m 1", entry("n 1", nosuch="nosuch: 1")), "unreadable", {"m": {1}}),
    ],
)
def test_a_live_server_keeps_what_it_has(text, verdict, left):
    """What is refused before anything changed is forgotten: the next good file is accepted."""
    server = started(listed("m 1"), store("m/1", "m/2"))

    assert (then(server, text), server.available()) == (verdict, left)
    assert (wedge(server) is None) is (verdict == "ok")
    assert (then(server, listed("m 1 2")), server.available()) == ("ok", {"m": {1, 2}})


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (None, "unreadable"),
        ("", "unreadable"),
        ("model_config_list {", "unreadable"),
        ('custom_model_config { type_url: "x/y" }', "crash"),
        (listed(entry("m 1", platform="")), "platform-unset m"),
        (listed(entry("m 1", log="logging_config {}")), "logging"),
        (listed("m 2"), "not-available m/2"),
    ],
)
def test_a_start_ends_the_process(text, verdict):
    """A fresh pod crash-loops where a live one goes on."""
    server = started(text, store("m/1", m_2=BROKEN))
    server.tick(2)

    assert wedge(server) == f"the process has ended: {verdict}"
    assert (server.available(), server.label("m", "stable")) == ({}, Failure.REFUSED)


def test_w1_a_new_model_without_a_platform_refuses_every_later_file():
    """The corrected file, the reverted one, an empty list and the RPC: only a restart helps."""
    models = store("m/1", "n/1")
    server = started(listed("m 1"), models)
    then(server, listed("m 1", entry("n 1", platform="")))

    for text in (listed("m 1", "n 1"), listed("m 1"), EMPTY_LIST):
        assert then(server, text) == "platform-unset n"
        assert wedge(server) == "every file is refused: platform-unset n"
        assert str(server.reload(text)) == "platform-unset n"
    assert wedge(started(listed("m 1", "n 1"), models)) is None


def test_w2_a_misspelt_platform_refuses_the_corrected_file():
    """Out of the file for one poll, then in again, the model works."""
    server = started(listed("m 1"), store("m/1", "n/1"))
    then(server, listed("m 1", entry("n 1", platform='model_platform: "tensorflo"')))

    assert then(server, listed("m 1", "n 1")) == "platform-changed n"
    assert wedge(server) == "the file is refused: platform-changed n"
    assert then(server, listed("m 1")) == "ok"
    assert (then(server, listed("m 1", "n 1")), wedge(server)) == ("ok", None)


def test_a_file_that_fails_late_has_moved_its_labels():
    """The labels are swapped before the step that looks at platforms."""
    server = started(listed("m 1 2 stable:1"), store("m/1", "m/2", "n/1"))

    then(server, listed("m 1 2 stable:2", entry("n 1", platform='model_platform: "xx"')))

    assert (str(server.last_reload), server.label("m", "stable")) == ("platform-unknown n", 2)


def test_w6_a_first_list_that_fails_is_an_error_for_ever():
    """From a file that says nothing: the bad model is never retried, even repaired."""
    models = store("m/1", bad_1=BROKEN)
    server = started("# nothing yet", models)

    assert then(server, listed("m 1", "bad 1")) == "not-available bad/1"
    models.put("/models/bad", 1)
    server.tick(60)
    assert str(server.last_reload) == "not-available bad/1"
    assert wedge(server) == "the file is refused: not-available bad/1"


def test_w6_a_model_of_a_failed_first_list_is_forgotten():
    """A later list leaves it loaded, and putting it back blocks the poll thread."""
    server = started("# nothing yet", store("m/1", "n/1", bad_1=BROKEN))
    then(server, listed("m 1", "bad 1"))

    assert then(server, listed("n 1")) == "ok"
    assert server.available() == {"m": {1}, "n": {1}}
    then(server, listed("n 1", "m 1"))
    assert wedge(server) == "the poll thread waits for model 'm'"


def test_an_empty_list_is_a_safe_start():
    """The same from `model_config_list {}`: one error, then ok, and no deadlock."""
    server = started(EMPTY_LIST, store("m/1", "n/1", bad_1=BROKEN))

    assert then(server, listed("m 1", "bad 1")) == "ok"
    assert [str(verdict) for _, verdict in server.verdicts].count("not-available bad/1") == 1
    then(server, listed("n 1"))
    then(server, listed("n 1", "m 1"))
    assert (server.available(), wedge(server)) == ({"m": {1}, "n": {1}}, None)


def test_text_forms_are_read():
    """Commas, semicolons, both quotes, joined strings, `<>` and `[]` are all one language."""
    text = """model_config_list: { config: { name: 'm', base_path: "/" "models/m";
        model_platform: "tensorflow", model_version_policy: < specific: { versions: [1, 2] } > } }
        # a comment\r\n"""

    assert parse(text) == parse(listed("m 1 2"))


def test_each_poll_applies_the_file_again_whatever_came_between():
    """A request that reloaded something else lasts until the next poll, though no file changed."""
    server = started(listed("m 1 stable:1"), store("m/1", "m/2"))
    server.tick(5)
    polls = len(server.verdicts)

    server.reload(listed("m 1 canary:1"))
    assert (server.label("m", "canary"), server.config) == (1, parse(listed("m 1 canary:1")))
    server.tick(4)

    assert (server.available(), server.label("m", "stable")) == ({"m": {1}}, 1)
    assert server.label("m", "canary") is Failure.INVALID_ARGUMENT
    assert len(server.verdicts) > polls + 1
    assert str(server.last_reload) == "ok"
