"""What the simulated server does with configurations: each wedge, and each row that was observed.

A test names its models as the observations do: `m 1 2 stable:1` is a model m with the
versions 1 and 2 pinned and a label.
"""

import pytest

from tests.simulator.config import parse
from tests.simulator.flags import Flags
from tests.simulator.rules import Rule
from tests.simulator.server import Failure, Server
from tests.simulator.store import GOOD, Store, Upload

BROKEN = Upload(fail=True)
EMPTY_LIST = "model_config_list {}"


def entry(words: str, **changed: str) -> str:
    """Return the text of one model: its name, its pins or `latest`, and its labels."""
    name, *rest = words.split()
    fields = {
        "name": f'name: "{name}"',
        "base_path": f'base_path: "/models/{name}"',
        "platform": 'model_platform: "tensorflow"',
    } | changed
    pins = " ".join(f"versions: {word}" for word in rest if word.isdigit())
    if "latest" not in rest:
        fields["policy"] = f"model_version_policy {{ specific {{ {pins} }} }}"
    labels = [word.split(":") for word in rest if ":" in word]
    pairs = [f'version_labels {{ key: "{key}" value: {value} }}' for key, value in labels]
    return f"config {{ {' '.join([*fields.values(), *pairs])} }}"


def listed(*models: str) -> str:
    """Return a file that lists models, each as words or as the text of an entry."""
    entries = [one if one.startswith("config") else entry(one) for one in models]
    return f"model_config_list {{ {' '.join(entries)} }}"


def store(*good: str, **uploads: Upload) -> Store:
    """Return a store with versions such as `m/1`; `m_2=` is a version m/2 that behaves so."""
    made = Store()
    behaviours = dict.fromkeys(good, GOOD)
    behaviours |= {key.replace("_", "/"): upload for key, upload in uploads.items()}
    for path, upload in behaviours.items():
        model, _, version = path.partition("/")
        made.put(f"/models/{model}", version, upload)
    return made


def started(text: str, models: Store, *, flag: bool = True, **flags: float) -> Server:
    """Return a server that had a second to start from *text*."""
    settings = {"model_config_file_poll_wait_seconds": 1, "max_num_load_retries": 0} | flags
    server = Server(Flags(allow_version_labels_for_unavailable_models=flag, **settings))
    server.start(text, models)
    server.tick(1)
    return server


def then(server: Server, text: str | None, seconds: float = 4) -> str:
    """Give the server another file and some time, and return how its last reload ended."""
    server.file = text
    server.tick(seconds)
    return str(server.last_reload)


# Labels.


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
        assert server.wedged() == "the file is refused: label m/2"
        assert started(text, models).label("m", "stable") == 2


def test_a_refused_move_is_taken_once_the_version_is_available():
    """With `latest 2` the version is found when it arrives, and the unchanged file accepted."""
    two = 'model_version_policy { latest { num_versions: 2 } } version_labels { key: "stable" '
    models = store("m/1")
    server = started(listed(entry("m latest", policy=two + "value: 1 }")), models)

    assert then(server, listed(entry("m latest", policy=two + "value: 2 }"))) == "label m/2"
    models.put("/models/m", 2)
    server.tick(3)

    assert (server.label("m", "stable"), server.wedged()) == (2, None)


def test_a_label_that_waits_for_a_load_is_no_wedge():
    """While the version loads, the refusal may still end by itself."""
    server = started(listed("m 1 stable:1"), store("m/1", m_2=Upload(slow=9)))
    then(server, listed("m 1 2 stable:1"), 3)

    assert then(server, listed("m 1 2 stable:2"), 3) == "label m/2"
    assert server.wedged() is None
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


# New models, and base paths.


@pytest.mark.parametrize("missing", ["the base path", "every version"])
def test_w3_a_new_model_blocks_the_poll_thread(missing):
    """No later file is read and the RPC hangs, until the data is there: then all goes on."""
    models = store("m/1", "m/2")
    if missing == "every version":
        models.make("/models/new")
    server = started(listed("m 1"), models)

    then(server, listed("m 1", "new 1"))
    assert server.wedged() == "the poll thread waits for model 'new'"
    then(server, listed("m 2"), 60)
    assert server.available() == {"m": {1}}
    assert server.reload(listed("m 2")) is None

    models.put("/models/new", 1)
    server.tick(4)
    assert (server.available(), server.wedged()) == ({"m": {2}}, None)


def test_w4_one_missing_base_path_stops_the_look_for_all():
    """An existing model moved to a missing folder stays served; nothing new is found at all."""
    models = store("m/1", "n/1")
    server = started(listed("m 1", "n latest"), models)
    moved = entry("m 1", base_path='base_path: "/models/nowhere"')

    assert then(server, listed(moved, "n latest")) == "ok"
    models.put("/models/n", 2)
    server.tick(4)

    assert (server.available(), server.blind()) == ({"m": {1}, "n": {1}}, "m")
    assert then(server, listed("m 1", "n latest")) == "ok"
    assert (server.available(), server.blind()) == ({"m": {1}, "n": {2}}, None)


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
    assert server.wedged() == f"the start waits for model {words.split()[0]!r}"
    name, version = words.split()
    models.put(f"/models/{name}", version)
    server.tick(5)
    assert (server.available(), server.wedged()) == ({"m": {1}}, None)


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
    assert (server.available(), server.blind()) == ({"m": {1}}, "m")
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


# Files that say nothing, and files that are refused.


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
    assert (server.wedged() is None) is (verdict == "ok")
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

    assert server.wedged() == f"the process has ended: {verdict}"
    assert (server.available(), server.label("m", "stable")) == ({}, Failure.REFUSED)


def test_w1_a_new_model_without_a_platform_refuses_every_later_file():
    """The corrected file, the reverted one, an empty list and the RPC: only a restart helps."""
    models = store("m/1", "n/1")
    server = started(listed("m 1"), models)
    then(server, listed("m 1", entry("n 1", platform="")))

    for text in (listed("m 1", "n 1"), listed("m 1"), EMPTY_LIST):
        assert then(server, text) == "platform-unset n"
        assert server.wedged() == "every file is refused: platform-unset n"
        assert str(server.reload(text)) == "platform-unset n"
    assert started(listed("m 1", "n 1"), models).wedged() is None


def test_w2_a_misspelt_platform_refuses_the_corrected_file():
    """Out of the file for one poll, then in again, the model works."""
    server = started(listed("m 1"), store("m/1", "n/1"))
    then(server, listed("m 1", entry("n 1", platform='model_platform: "tensorflo"')))

    assert then(server, listed("m 1", "n 1")) == "platform-changed n"
    assert server.wedged() == "the file is refused: platform-changed n"
    assert then(server, listed("m 1")) == "ok"
    assert (then(server, listed("m 1", "n 1")), server.wedged()) == ("ok", None)


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
    assert server.wedged() == "the file is refused: not-available bad/1"


def test_w6_a_model_of_a_failed_first_list_is_forgotten():
    """A later list leaves it loaded, and putting it back blocks the poll thread."""
    server = started("# nothing yet", store("m/1", "n/1", bad_1=BROKEN))
    then(server, listed("m 1", "bad 1"))

    assert then(server, listed("n 1")) == "ok"
    assert server.available() == {"m": {1}, "n": {1}}
    then(server, listed("n 1", "m 1"))
    assert server.wedged() == "the poll thread waits for model 'm'"


def test_an_empty_list_is_a_safe_start():
    """The same from `model_config_list {}`: one error, then ok, and no deadlock."""
    server = started(EMPTY_LIST, store("m/1", "n/1", bad_1=BROKEN))

    assert then(server, listed("m 1", "bad 1")) == "ok"
    assert [str(verdict) for _, verdict in server.verdicts].count("not-available bad/1") == 1
    then(server, listed("n 1"))
    then(server, listed("n 1", "m 1"))
    assert (server.available(), server.wedged()) == ({"m": {1}, "n": {1}}, None)


# Loads that fail, and loads that take time.


def test_w7_a_replacement_that_fails_postpones_every_way_back():
    """1 stays served, yet each file that names it is ok and postponed for ever."""
    models = store("m/1", "m/3", m_2=BROKEN)
    server = started(listed("m 1"), models)
    then(server, listed("m 2"))
    models.put("/models/m", 2)

    for text in (listed("m 1"), listed("m 1 3"), listed("m 1 2")):
        assert (then(server, text), server.available()) == ("ok", {"m": {1}})
        assert server.wedged() == "model 'm' waits for version 1 to go, and it stays"
    assert (then(server, listed("m 3")), server.available()) == ("ok", {"m": {3}})
    assert server.wedged() is None


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
        assert server.wedged() is None

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
        assert server.wedged() == "the start waits for model 'm'"
        return

    assert (then(server, listed("m 2")), server.available()) == ("ok", {"m": {1}})
    then(server, listed("m 2", "n 1"))
    assert server.wedged() == "the poll thread waits for model 'n'"


# The simulator itself.


def test_text_forms_are_read():
    """Commas, semicolons, both quotes, joined strings, `<>` and `[]` are all one language."""
    text = """model_config_list: { config: { name: 'm', base_path: "/" "models/m";
        model_platform: "tensorflow", model_version_policy: < specific: { versions: [1, 2] } > } }
        # a comment\r\n"""

    assert parse(text) == parse(listed("m 1 2"))


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
