"""The verdict on a server that answers, over real HTTP."""

import time

from generator.simulated_server.store import Upload
from tests.kit.served_fleet import only


def test_a_server_that_serves_what_git_says_is_in_sync(fleet):
    """Exit 0, its versions with their labels, and a count."""
    fleet.deliver(1, 2, labels={"stable": 1, "canary": 2})
    with fleet.serving() as running:
        model = only(fleet.status(running, code=0))
        text = fleet.text(running)

    assert (model["verdict"], model["reasons"], model["remedy"]) == ("in-sync", [], "")
    assert model["server"]["versions"] == [
        {"version": number, "state": "AVAILABLE", "error": None} for number in (1, 2)
    ]
    assert model["server"]["labels"] == model["git"]["labels"] == {"stable": 1, "canary": 2}
    listed = f"{running.url}\n  a  1  AVAILABLE  stable\n  a  2  AVAILABLE  canary\n"
    assert text.endswith(f"\n\n{listed}\n{running.url}: 1 in-sync\n\n1 of 1 servers in-sync\n")
    assert "!" not in text


def test_a_version_on_its_way_is_loading(fleet):
    """Loading is not behind: the server has read the file."""
    first = fleet.deliver(1)
    fleet.store.put("/models/a", 2, Upload(slow=60))
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:
        running.write(fleet.config)
        running.tick(5)
        model = only(fleet.status(running))

    assert model["verdict"] == "loading"
    assert model["reasons"] == ["version 2 is LOADING"]


def test_a_fresh_change_that_is_not_served_is_behind(fleet):
    """The older generation that the server has is named, as a whole and for the model."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:
        found = fleet.status(running)
        text = fleet.text(running)

    model = only(found)
    assert (model["verdict"], model["reasons"]) == ("behind", ["version 2 is not there"])
    assert model["serves"]["generation"] == found["generation"] - 1
    assert found["servers"][0]["serves"] == model["serves"]
    assert model["serves"]["replaced"] == model["since"] == found["merged"]
    assert text.count("generation 1, which was replaced at") == 1
    assert "-> wait" in text


def test_the_same_after_the_settle_time_is_stuck(fleet):
    """Time alone does not help a server that lags longer than `delivery.settle`."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2, settle="0s")
    with fleet.serving(first) as running:
        model = only(fleet.status(running))

    assert model["verdict"] == "stuck"
    assert "ReloadConfig" in model["remedy"]


def test_only_the_age_of_the_model_on_the_branch_counts(fleet):
    """A later commit of something else does not make an old change young again."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2, settle="1s")
    time.sleep(2.1)
    fleet.project.publish("b", 1)
    fleet.store.put("/models/b", 1)
    policy = [{"match": "a", "versions": {"pin": [1, 2]}}, {"match": "b"}]
    fleet.project.environment(delivery={"settle": "1s"}, policy=policy)
    assert fleet.project.run("sync", "dev").exit_code == 0
    with fleet.serving(first) as running:
        found = fleet.status(running)

    verdicts = {model["model"]: model["verdict"] for model in found["servers"][0]["models"]}
    assert verdicts["a"] == "stuck"
    assert verdicts["b"] in {"behind", "stuck"}


def test_a_label_is_asked_for_by_metadata(fleet):
    """The status call ignores labels, so a label that did not move shows nowhere else."""
    before = fleet.deliver(1, 2, labels={"stable": 1})
    fleet.deliver(1, 2, labels={"stable": 2})
    with fleet.serving(before) as running:
        model = only(fleet.status(running))

    assert model["verdict"] == "behind"
    assert model["reasons"] == ["label stable answers from 1, Git says 2"]
    assert "GET /v1/models/a/labels/stable/metadata" in running.requests


def test_a_label_that_git_dropped_or_the_server_misses_differs(fleet):
    """Labels are compared both ways."""
    before = fleet.deliver(1, labels={"old": 1})
    fleet.deliver(1, labels={"new": 1})
    with fleet.serving(before) as running:
        model = only(fleet.status(running))

    assert model["reasons"] == [
        "label new does not answer, Git says 1",
        "label old answers from 1, and Git does not name it",
    ]


def test_a_failed_load_is_told_in_the_servers_words(fleet):
    """The other versions serve on, and the label of the failed one has no line of its own."""
    first = fleet.deliver(1)
    fleet.store.put("/models/a", 2, Upload(fail=True))
    fleet.deliver(1, 2, labels={"canary": 2})
    with fleet.serving(first) as running:
        running.failure = "DATA_LOSS", "Can't parse \x1b[31m'saved_model.pb'\nat all"
        running.write(fleet.config)
        running.tick(5)
        model = only(fleet.status(running))

    told = "DATA_LOSS: Can't parse [31m'saved_model.pb' at all"
    assert model["verdict"] == "failed"
    assert model["reasons"] == [f"version 2 failed to load: {told}"]
    assert model["server"]["versions"][1] == {"version": 2, "state": "END", "error": told}


def test_a_version_replaced_by_one_that_fails_is_stuck(fleet):
    """W7: a pod that skipped the step between postpones all that follows, at any age."""
    first = fleet.deliver(1)
    fleet.store.put("/models/a", 2, Upload(fail=True))
    fleet.deliver(2)
    with fleet.serving(first) as running:
        running.write(fleet.config)
        running.tick(5)
        model = only(fleet.status(running))

    assert model["verdict"] == "stuck"
    assert model["reasons"][0] == "version 1 is AVAILABLE, and Git does not name it"
    assert "roll back" in model["remedy"]


def test_a_failed_load_of_all_that_there_is_is_failed(fleet):
    """Nothing serves, so nothing keeps a later version from being loaded."""
    fleet.deliver(1)
    both = fleet.config
    fleet.store.put("/models/a", 1, Upload(fail=True))
    with fleet.serving("model_config_list {}\n") as running:
        running.write(both)
        running.tick(5)
        model = only(fleet.status(running))

    assert model["verdict"] == "failed"


def test_a_version_that_git_dropped_and_that_is_still_loaded_differs(fleet):
    """It is about to be unloaded; until then the exit code is 10."""
    both = fleet.deliver(1, 2)
    fleet.deliver(2)
    with fleet.serving(both) as running:
        model = only(fleet.status(running))

    assert model["verdict"] == "behind"
    assert model["reasons"] == ["version 1 is AVAILABLE, and Git does not name it"]


def test_a_model_that_git_dropped_is_looked_for_and_then_forgotten(fleet):
    """Servers list no models: the past of the branch says what else to ask for."""
    before = fleet.deliver(1)
    fleet.settle("0s", exclude=True)
    assert fleet.project.run("sync", "dev", "--allow-removals").exit_code == 0
    fleet.settle("10m", exclude=True)
    with fleet.serving(before) as running:
        model = only(fleet.status(running))
        assert (model["verdict"], model["git"]) == ("behind", None)

        running.write(fleet.config)
        running.tick(5)
        assert running.simulated.states() == {("a", 1): "END"}
        assert fleet.status(running, code=0)["servers"][0]["models"] == []


def test_a_model_that_the_server_never_heard_of_is_behind(fleet):
    """A 404 with TensorFlow Serving's own message is an answer."""
    fleet.deliver(1, labels={"stable": 1})
    with fleet.serving("model_config_list {}\n") as running:
        model = only(fleet.status(running))

    assert model["verdict"] == "behind"
    assert model["reasons"] == ["the server has never heard of it"]
    assert model["server"] == {"versions": [], "labels": {}, "probes": []}


def test_each_server_is_judged_by_itself(fleet):
    """Servers keep the order of the command line; one that is named twice is asked once."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2)
    with fleet.serving() as new, fleet.serving(first) as old:
        found = fleet.status(old, new, f"{old.url}/")
        text = fleet.project.run("status", "dev", "--server", old.url, "--server", new.url).stdout

    assert [one["url"] for one in found["servers"]] == [old.url, new.url]
    assert [one["agrees"] for one in found["servers"]] == [False, True]
    assert "1 of 2 servers in-sync" in text
