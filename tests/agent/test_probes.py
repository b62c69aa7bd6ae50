"""Versions that answer wrongly, late or never, beside a real agent: each a process."""

import re

import pytest

from tests.kit.pod_processes import ROOT, behaving
from tests.kit.probed_pods import PROBE, answered, hurried, probing
from tests.kit.strategies import model
from tests.servers import warmup_messages

WARMUP = "assets.extra/tf_serving_warmup_requests"
EXAMPLE = ROOT / "examples/models/half-plus-two/1"
FLOAT = 1


@pytest.fixture
def pod(tmp_path):
    """Return a pod whose agent is in a hurry, and in which nothing runs yet."""
    yield from hurried(tmp_path / "pod")


def serving_one(pod):
    """Let the pod serve version 1, which answers well, under a label."""
    one = pod.publish("a", 1, extra=probing())
    pod.deliver(model("a", one, stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    assert answered(pod) == {1: "yes"}
    return one


def test_a_label_moves_to_a_version_that_answers_well(pod):
    """And not before it was asked; the times of its answers are metrics."""
    serving_one(pod)
    pod.deliver(model("a", pod.publish("a", 2, extra=probing("crawls")), stable=2))
    pod.until(lambda: answered(pod).get(2) == "notYet")
    assert pod.label("a", "stable") == 1
    assert pod.status()["waits"]["a"] == "version 2: its probe is not answered yet"
    pod.in_sync()

    assert pod.label("a", "stable") == 2
    [told] = pod.status()["probes"]
    assert told["answered"] == "yes"
    assert told["seconds"] > 1
    text = pod.get("/metrics")[1]
    assert re.search(r'agent_probe_seconds\{model="a",version="2"\} 1\.\d', text)
    assert "agent_probe_wrong{" not in text


def test_a_version_that_lies_is_taken_out_and_the_last_good_one_serves_on(pod):
    """In the words of its answer; the label never leaves the good one, the pod stays ready."""
    serving_one(pod)
    pod.deliver(model("a", pod.publish("a", 2, extra=probing("lies")), stable=2))
    pod.until(lambda: pod.status()["failed"] and pod.loaded("a") == {1})

    [failed] = pod.status()["failed"]
    wrong = "predictions[0] is 3.5, expected 2.5; predictions[1] is 4.0, expected 3.0"
    assert failed["error"] == f"its answer to its probe is wrong: {wrong}"
    assert 0 < failed["secondsToRetry"] <= 60
    assert pod.label("a", "stable") == 1
    assert pod.get("/readyz")[0] == 200
    assert pod.status()["waits"] == {"a": f"version 2: {failed['error']}; it is tried again later"}
    assert answered(pod) == {1: "yes"}  # which the lock names no more, and which serves
    assert "a 2 failed: its answer to its probe is wrong" in pod.log


def test_a_fresh_pod_is_ready_without_a_version_that_lies(pod):
    """One bad model never stops a fresh pod, and is not served from it."""
    pod.deliver(
        model("a", pod.publish("a", 1, extra=probing("lies")), stable=1),
        model("b", pod.publish("b", 1, extra=probing()), stable=1),
    )
    pod.watch()
    pod.serve()
    pod.until(lambda: pod.get("/readyz")[0] == 200 and pod.status()["failed"])
    pod.until(lambda: pod.loaded("a") == set())

    assert pod.label("b", "stable") == 1
    assert pod.label("a", "stable") is None


def test_a_version_that_hangs_gets_no_label_and_is_no_failure(pod):
    """Absence is not evidence: nothing moves, nothing is taken out, and it is told."""
    serving_one(pod)
    pod.deliver(model("a", pod.publish("a", 2, extra=probing("hangs")), stable=2))
    pod.until(lambda: answered(pod).get(2) == "notYet")
    pod.deliver(
        model("a", *(pod.publish("a", number, extra=probing()) for number in (3,)), stable=3)
    )
    pod.in_sync()  # what hangs holds up nothing else, and goes as anything goes

    assert pod.label("a", "stable") == 3
    assert pod.status()["failed"] == []
    assert pod.loaded("a") == {3}


def test_a_version_that_ends_the_server_when_it_is_asked_is_not_started_from(pod):
    """It was on trial: the next server starts without it, and the label is where it was."""
    serving_one(pod)
    pod.deliver(model("a", pod.publish("a", 2, extra=probing("dies")), stable=2))
    pod.until(lambda: pod.server.poll() is not None)
    pod.server.stdout.close()
    pod.until(lambda: "versions: 2" not in pod.config.read_text())
    pod.serve()
    pod.until(lambda: pod.label("a", "stable") == 1)

    assert pod.status()["failed"][0]["error"].startswith("the server ended while it loaded")


def test_without_a_probe_the_first_warm_up_record_is_sent(pod):
    """An error is a wrong answer, in the server's words; what JSON cannot say is not asked."""
    files = {
        it.relative_to(EXAMPLE).as_posix(): it.read_bytes()
        for it in EXAMPLE.rglob("*")
        if it.is_file()
    }
    log = warmup_messages.predict(x=warmup_messages.tensor(FLOAT, 2, float_val=[1.0, 2.0]))
    none = warmup_messages.predict(x=warmup_messages.tensor(FLOAT, 0))
    asked = files | {WARMUP: warmup_messages.record(log.SerializeToString())}
    unasked = files | {WARMUP: warmup_messages.record(none.SerializeToString())}
    broken = {name: data for name, data in asked.items() if name != "variables/variables.index"}
    pod.deliver(
        model("a", pod.publish("a", 1, extra=asked), stable=1),
        model("b", pod.publish("b", 1, extra=unasked), stable=1),
        model("c", pod.publish("c", 1, extra=broken), stable=1),
    )
    pod.watch()
    pod.serve()
    pod.until(lambda: pod.get("/readyz")[0] == 200)
    assert (answered(pod, "a"), answered(pod, "b")) == ({1: "yes"}, {1: "noProbe"})
    [why] = [it["words"] for it in pod.status()["probes"] if it["model"] == "b"]
    assert why.endswith(f"{WARMUP}: input x: no JSON has the shape [0]")
    assert pod.label("a", "stable") == 1
    assert pod.status()["failed"][0]["error"].endswith("HTTP 400: Could not find variable w.")


def test_a_version_without_a_probe_is_served_as_ever(pod):
    """And the agent says that nobody can ask it, and why."""
    pod.deliver(model("a", pod.publish("a", 1), stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()

    [told] = pod.status()["probes"]
    assert (told["answered"], told["seconds"]) == ("noProbe", None)
    assert told["words"] == f"it has no {PROBE}, and no warm-up records"


def test_a_server_that_starts_anew_is_asked_anew(pod):
    """What served well before stays where it is, whatever it answers now, and that is told."""
    serving_one(pod)
    [(name, data)] = behaving(answers="lies").items()
    (pod.root / "models/a/1" / name).write_bytes(data)
    pod.kill(pod.server)
    pod.serve()
    pod.until(lambda: answered(pod) == {1: "no"})

    assert pod.status()["waits"]["a"].startswith("version 1: its answer to its probe is wrong")
    assert pod.label("a", "stable") == 1
    assert not pod.status()["inSync"]
    assert pod.get("/readyz")[0] == 200


def test_where_the_store_is_mounted_probes_are_read_there(pod):
    """Nothing is fetched."""
    pod.pull, pod.options = False, ("--mounted", "store")
    pod.deliver(model("a", pod.publish("a", 1, extra=probing()), stable=1))
    pod.watch()
    pod.serve("store")
    pod.in_sync()

    assert answered(pod) == {1: "yes"}
    assert list((pod.root / "models").iterdir()) == []


def test_without_the_files_nobody_is_asked(pod):
    """`access: direct`: the server reads the store itself, and the agent has no way to it."""
    pod.pull = False
    pod.deliver(model("a", pod.publish("a", 1, extra=probing("lies")), stable=1))
    pod.watch()
    pod.serve("store")
    pod.in_sync()

    [told] = pod.status()["probes"]
    assert (told["answered"], told["words"]) == ("noProbe", "the agent has no copy of its files")
