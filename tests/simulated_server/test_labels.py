"""Labels on the simulated server: each wedge, and each row that was observed."""

import pytest

from generator.simulated_server.server import Failure
from generator.simulated_server.store import Upload
from tests.simulated_server.short_configs import entry, listed, started, store, then
from tests.simulated_server.wedge import wedge


def test_a_label_stops_a_start_without_the_flag():
    """A restarted pod exits although the version is there; with the flag it starts."""
    text = listed("m 1 stable:1")

    assert str(started(text, store("m/1"), flag=False).exited) == "label m/1"
    server = started(text, store("m/1"))
    assert (server.label("m", "stable"), server.label("m", "other")) == (
        1,
        Failure.INVALID_ARGUMENT,
    )


def test_a_label_cannot_move_to_a_version_that_comes_with_it():
    """The move is refused at every poll and nothing loads; a fresh pod takes it: pods diverge."""
    models = store("m/1", "m/2")
    server = started(listed("m 1 stable:1"), models)

    for text in (listed("m 2 stable:2"), listed("m 1 2 stable:2")):
        assert then(server, text) == "label m/2"
        assert (server.available(), server.label("m", "stable")) == ({"m": {1}}, 1)
        assert wedge(server) == "the file is refused: label m/2"
        assert started(text, models).label("m", "stable") == 2


def test_a_refused_move_is_taken_once_the_version_is_available():
    """With `latest 2` the version is found when it arrives, and the unchanged file accepted."""
    two = 'model_version_policy { latest { num_versions: 2 } } version_labels { key: "stable" '
    models = store("m/1")
    server = started(listed(entry("m latest", policy=two + "value: 1 }")), models)

    assert then(server, listed(entry("m latest", policy=two + "value: 2 }"))) == "label m/2"
    models.put("/models/m", 2)
    server.tick(3)

    assert (server.label("m", "stable"), wedge(server)) == (2, None)


def test_a_label_that_waits_for_a_load_is_no_wedge():
    """While the version loads, the refusal may still end by itself."""
    server = started(listed("m 1 stable:1"), store("m/1", m_2=Upload(slow=9)))
    then(server, listed("m 1 2 stable:1"), 3)

    assert then(server, listed("m 1 2 stable:2"), 3) == "label m/2"
    assert wedge(server) is None
    server.tick(9)
    assert server.label("m", "stable") == 2


def test_a_label_that_moves_in_steps_never_fails():
    """Add next to the old, then move and drop: each step is accepted, and the label answers."""
    server = started(listed("m 1 stable:1"), store("m/1", m_2=Upload(slow=2)))

    for text in (listed("m 1 2 stable:1"), listed("m 2 stable:2")):
        server.file = text
        for _ in range(50):
            server.tick(0.1)
            assert server.label("m", "stable") in {1, 2}
        assert str(server.last_reload) == "ok"

    assert server.available() == {"m": {2}}


def test_a_new_label_may_wait_for_its_version():
    """Version and new label in one file: NOT_FOUND until it is loaded, the others unaffected."""
    server = started(listed("m 1 stable:1"), store("m/1", m_2=Upload(slow=5)))

    assert then(server, listed("m 1 2 stable:1 canary:2")) == "ok"
    assert (server.label("m", "canary"), server.label("m", "stable")) == (Failure.NOT_FOUND, 1)
    server.tick(5)
    assert server.label("m", "canary") == 2


def test_a_dangling_label_counts_as_existing():
    """A label on a version that never loaded cannot move to another one that is not there."""
    server = started(listed("m 1 stable:7"), store("m/1", "m/2"))

    assert then(server, listed("m 1 2 stable:2")) == "label m/2"


def test_the_label_back_and_the_version_added_frees_a_stuck_pod():
    """The preferred way out has no outage; dropping the label has one."""
    server = started(listed("m 1 stable:1"), store("m/1", "m/2"))
    then(server, listed("m 1 2 stable:2"))

    assert then(server, listed("m 1 2 stable:1")) == "ok"
    assert server.label("m", "stable") == 1
    assert then(server, listed("m 1 2 stable:2")) == "ok"
    assert server.label("m", "stable") == 2
    then(server, listed("m 1 2"))
    assert server.label("m", "stable") is Failure.INVALID_ARGUMENT


def test_files_between_two_polls_are_not_seen():
    """A label that is dropped and put back within one period leaves the pod stuck."""
    server = started(
        listed("m 1 stable:1"), store("m/1", "m/2"), model_config_file_poll_wait_seconds=5
    )

    then(server, listed("m 2"), 2)
    assert then(server, listed("m 2 stable:2"), 9) == "label m/2"


def test_w5_a_label_blocks_the_whole_file():
    """Nothing of another model is applied while one label is refused, not even a removal."""
    server = started(listed("m 1 stable:1", "n 1"), store("m/1", "m/2", "n/1", "q/1"))

    assert then(server, listed("m 2 stable:2", "q 1")) == "label m/2"
    assert server.available() == {"m": {1}, "n": {1}}


@pytest.mark.parametrize(("flag", "verdict"), [(True, "ok"), (False, "label m/1")])
def test_w5_a_labelled_version_may_age_out(flag, verdict):
    """`latest` moves on, and the label dangles; without the flag every later file is refused."""
    models = store("m/1", "n/1", "n/2")
    server = started(listed("m latest", "n 1"), models, flag=flag)
    then(server, listed("m latest stable:1", "n 1"))
    models.put("/models/m", 2)
    server.tick(3)

    assert then(server, listed("m latest stable:1", "n 2")) == verdict
    assert server.label("m", "stable") is Failure.NOT_FOUND
    assert server.available()["n"] == ({2} if flag else {1})
