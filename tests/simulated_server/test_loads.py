"""Loads, retries and unloads of the simulated server."""

import pytest

from generator.simulated_server.flags import Flags
from generator.simulated_server.rules import Rule
from generator.simulated_server.server import Failure, Server
from generator.simulated_server.store import Upload
from tests.simulated_server.short_configs import BROKEN, listed, started, store, then
from tests.simulated_server.wedge import wedge


def test_w7_a_replacement_that_fails_postpones_every_way_back():
    """1 stays served, yet each file that names it is ok and postponed for ever."""
    models = store("m/1", "m/3", m_2=BROKEN)
    server = started(listed("m 1"), models)
    then(server, listed("m 2"))
    models.put("/models/m", 2)

    for text in (listed("m 1"), listed("m 1 3"), listed("m 1 2")):
        assert (then(server, text), server.available()) == ("ok", {"m": {1}})
        assert wedge(server) == "model 'm' waits for version 1 to go, and it stays"
    assert (then(server, listed("m 3")), server.available()) == ("ok", {"m": {3}})
    assert wedge(server) is None


def test_w7_is_avoided_by_adding_next_to_the_old_version():
    """A failed version that was added can be taken out, repaired, and put back: it loads."""
    models = store("m/1", m_2=BROKEN)
    server = started(listed("m 1"), models)
    then(server, listed("m 1 2"))
    models.put("/models/m", 2)

    server.tick(60)
    assert server.available() == {"m": {1}}
    then(server, listed("m 1"))
    assert (then(server, listed("m 1 2")), server.available()) == ("ok", {"m": {1, 2}})


def test_a_revert_while_the_new_version_loads_unloads_the_old_one():
    """2 is let finish, 1 goes, and is loaded again: NOT_FOUND on 1 meanwhile, but no wedge."""
    models = store("m/1", m_2=Upload(slow=6))
    server = started(listed("m 1 stable:1"), models, num_load_threads=2)
    then(server, listed("m 2 stable:1"), 3)
    models.put("/models/m", 1, Upload(slow=3))
    answers = []

    server.file = listed("m 1 stable:1")
    for _ in range(20):
        server.tick(0.5)
        answers.append(server.label("m", "stable"))
        assert wedge(server) is None

    assert Failure.NOT_FOUND in answers
    assert (answers[0], answers[-1], server.available()) == (1, 1, {"m": {1}})


def test_the_lowest_of_two_unwanted_versions_goes_at_once():
    """`{1,2}` to `{3}`: 1 is unloaded before 3 is there, and a label on it is NOT_FOUND."""
    server = started(listed("m 1 2 stable:1 canary:2"), store("m/1", "m/2", m_3=Upload(slow=9)))

    then(server, listed("m 3 stable:1 canary:2"))

    assert (server.label("m", "stable"), server.label("m", "canary")) == (Failure.NOT_FOUND, 2)
    server.tick(9)
    assert server.available() == {"m": {3}}


@pytest.mark.parametrize(("threads", "served"), [(0, {1}), (2, {2})])
def test_a_broken_version_holds_others_up_without_load_threads(threads, served):
    """With none, the others wait for its retries; with two, they load at once."""
    models = store("m/1", "n/1")
    flags = {"num_load_threads": threads, "max_num_load_retries": 5}
    server = started(listed("m latest", "n latest"), models, **flags)
    models.put("/models/m", 2, BROKEN)
    server.tick(2)

    models.put("/models/n", 2)
    server.tick(30)

    assert server.available() == {"m": {1}, "n": served}
    server.tick(600)
    assert server.available() == {"m": {1}, "n": {2}}


def test_a_new_model_that_fails_is_logged_once_and_never_retried():
    """The others are applied, and later polls say ok; out of the file and in again, it loads."""
    models = store("m/1", "m/2", n_1=BROKEN)
    server = started(listed("m 1"), models)
    both = listed("m 2", "n 1")

    assert (then(server, both), server.available()) == ("ok", {"m": {2}})
    assert "not-available n/1" in [str(verdict) for _, verdict in server.verdicts]
    models.put("/models/n", 1)
    server.tick(60)
    assert server.available() == {"m": {2}}
    then(server, listed("m 2"))
    assert (then(server, both), server.available()) == ("ok", {"m": {2}, "n": {1}})


def test_a_start_listens_with_the_first_version_and_waits_for_retries():
    """A slow lower version is not waited for; one that fails is, until its retries end."""
    slow = started(listed("m 1 2 stable:1"), store("m/2", m_1=Upload(slow=6)))
    assert (slow.listening, slow.label("m", "stable")) == (True, Failure.NOT_FOUND)
    slow.tick(6)
    assert slow.label("m", "stable") == 1

    broken = started(listed("m 1 2"), store("m/1", m_2=BROKEN), max_num_load_retries=5)
    broken.tick(290)
    assert not broken.listening
    broken.tick(20)
    assert broken.available() == {"m": {1}}


def test_one_load_begins_each_tenth_of_a_second():
    """Forty models take four seconds to start, however fast each of them is."""
    names = [f"m{number:02}" for number in range(40)]
    server = started(listed(*(f"{name} 1" for name in names)), store(*(f"{n}/1" for n in names)))

    server.tick(5)

    assert server.listening_since == pytest.approx(4.0)


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_source_that_does_not_poll_hangs(seconds):
    """0 looks once: a change is ok and not applied, a new model hangs. -1 never starts."""
    models = store("m/1", "m/2", "n/1")
    server = started(listed("m 1"), models, file_system_poll_wait_seconds=seconds)
    if seconds < 0:
        assert wedge(server) == "the start waits for model 'm'"
        return

    assert (then(server, listed("m 2")), server.available()) == ("ok", {"m": {1}})
    then(server, listed("m 2", "n 1"))
    assert wedge(server) == "the poll thread waits for model 'n'"


def test_a_rule_can_be_switched_off():
    """Without it the server does the harmless thing, and says which rules are in force."""
    without = {Rule.LABELS_MUST_BE_AVAILABLE}
    server = Server(Flags(model_config_file_poll_wait_seconds=1), without)
    server.start(listed("m 1 stable:1"), store("m/1"))
    server.tick(1)

    assert (server.label("m", "stable"), server.rules & without) == (1, set())
    assert server.exited is None


def test_time_is_the_only_thing_that_moves_a_server():
    """One long tick ends where many short ones do, and a second run is like the first."""
    histories = []
    for step in (0.1, 1, 7.3):
        server = started(listed("m 1 stable:1"), store("m/1", m_2=Upload(slow=3), n_1=BROKEN))
        server.file = listed("m 1 2 stable:1 canary:2", "n 1")
        for _ in range(round(73 / step)):
            server.tick(step)
        histories.append((server.states(), server.verdicts, server.manager.reports))

    assert histories[0] == histories[1] == histories[2]
