"""Data of the simulated server that is missing, comes or moves."""

import pytest

from generator.simulated_server.server import Failure
from generator.simulated_server.store import Upload
from tests.simulated_server.short_configs import entry, listed, started, store, then
from tests.simulated_server.wedge import missing_path, wedge


@pytest.mark.parametrize("missing", ["the base path", "every version"])
def test_w3_a_new_model_blocks_the_poll_thread(missing):
    """No later file is read and the RPC hangs, until the data is there: then all goes on."""
    models = store("m/1", "m/2")
    if missing == "every version":
        models.make("/models/new")
    server = started(listed("m 1"), models)

    then(server, listed("m 1", "new 1"))
    assert wedge(server) == "the poll thread waits for model 'new'"
    then(server, listed("m 2"), 60)
    assert server.available() == {"m": {1}}
    assert server.reload(listed("m 2")) is None

    models.put("/models/new", 1)
    server.tick(4)
    assert (server.available(), wedge(server)) == ({"m": {2}}, None)


def test_w4_one_missing_base_path_stops_the_look_for_all():
    """An existing model moved to a missing folder stays served; nothing new is found at all."""
    models = store("m/1", "n/1")
    server = started(listed("m 1", "n latest"), models)
    moved = entry("m 1", base_path='base_path: "/models/nowhere"')

    assert then(server, listed(moved, "n latest")) == "ok"
    models.put("/models/n", 2)
    server.tick(4)

    assert (server.available(), missing_path(server)) == ({"m": {1}, "n": {1}}, "m")
    assert then(server, listed("m 1", "n latest")) == "ok"
    assert (server.available(), missing_path(server)) == ({"m": {1}, "n": {2}}, None)


def test_a_base_path_without_versions_stops_no_other_model():
    """The poll thread waits for it, and the others are still looked after."""
    models = store("m/1")
    models.make("/models/new")
    server = started(listed("m latest"), models)
    then(server, listed("m latest", "new latest"))

    models.put("/models/m", 2)
    server.tick(3)

    assert server.available() == {"m": {2}}


@pytest.mark.parametrize("words", ["new 1", "m 7"])
def test_a_start_waits_for_data_that_is_missing(words):
    """It does not listen, and reads no other file, until the data is there."""
    models = store("m/1")
    server = started(listed(words), models)

    then(server, listed("m 1"), 60)
    assert (server.listening, server.label("m", None)) == (False, Failure.REFUSED)
    assert wedge(server) == f"the start waits for model {words.split()[0]!r}"
    name, version = words.split()
    models.put(f"/models/{name}", version)
    server.tick(5)
    assert (server.available(), wedge(server)) == ({"m": {1}}, None)


def test_a_pin_that_is_missing_unloads_the_model():
    """`{1}` to `{1,5}` keeps 1, to `{5}` unloads it; a base path that is gone unloads nothing."""
    models = store("m/1")
    server = started(listed("m 1"), models)

    assert (then(server, listed("m 1 5")), server.available()) == ("ok", {"m": {1}})
    assert (then(server, listed("m 5")), server.available()) == ("ok", {})
    assert (then(server, listed("m 1")), server.available()) == ("ok", {"m": {1}})
    models.remove("/models/m")
    server.tick(4)
    assert server.available() == {"m": {1}}


def test_an_outage_of_the_store_unloads_nothing():
    """Base paths that vanish are errors, not empty: all goes on when they are back."""
    models = store("m/1", "m/2")
    server = started(listed("m 1"), models)
    models.outage = True

    then(server, listed("m 2"))
    assert (server.available(), missing_path(server)) == ({"m": {1}}, "m")
    models.outage = False
    server.tick(3)
    assert server.available() == {"m": {2}}


def test_the_same_number_from_another_base_path_is_not_loaded_again():
    """The old data is served until a restart; new numbers come from the new path."""
    models = store("m/1", "other/1", "other/2")
    server = started(listed("m 1"), models)
    text = listed(entry("m 1 2", base_path='base_path: "/models/other"'))

    assert then(server, text) == "ok"

    assert [server.path("m", number) for number in (1, 2)] == ["/models/m/1", "/models/other/2"]
    assert started(text, models).path("m", 1) == "/models/other/1"


@pytest.mark.parametrize(("first", "outage"), [("mm 1", True), ("m 1 | mm 1", False)])
def test_a_rename_in_one_step_is_an_outage(first, outage):
    """The old name goes before the new one is there; added first, there is always one."""
    models = store(m_1=Upload(slow=3))
    renamed = entry("mm 1", base_path='base_path: "/models/m"')
    server = started(listed("m 1"), models)
    server.tick(5)

    then(server, listed(*(["m 1"] if "|" in first else []), renamed), 3)

    assert (server.available() == {}) is outage
