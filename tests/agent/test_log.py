"""The log of an agent: one line a step, and what is new; nothing again and again."""

import json
import logging
import time

import pytest

from generator.agent import log
from generator.agent.decide.readiness import Readiness
from generator.agent.decide.reload import Reload, Verdict
from generator.agent.report import Report
from tests.kit.pod_processes import BROKEN
from tests.kit.strategies import model


@pytest.mark.slow
def test_a_version_that_stays_failed_is_no_news(pod):
    """The time to the next try is in /status: in a reason it would be a line in each round."""
    good, bad = pod.publish("a", 1), pod.publish("bad", 1, BROKEN)
    pod.deliver(model("a", good, stable=1), model("bad", bad))
    pod.watch("0.1s")
    pod.serve()
    pod.until(lambda: pod.get("/readyz")[0] == 200)
    pod.until(lambda: "the server has not read" not in pod.status()["reason"])
    before = pod.log
    left = pod.status()["failed"][0]["secondsToRetry"]
    time.sleep(2.5)

    assert pod.log == before
    assert 0 < pod.status()["failed"][0]["secondsToRetry"] <= left - 2
    assert "it failed to load, and is tried again later: NOT_FOUND" in pod.status()["reason"]


def test_each_line_is_an_object_with_what_it_is_about(pod):
    """A step has its number and its change, a version its model, number and size."""
    version = pod.publish("a", 1)
    pod.deliver(model("a", version, stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    lines = [json.loads(line) for line in pod.log.splitlines()]

    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    steps = [line for line in lines if "step" in line]
    assert [line["message"] for line in steps] == [
        f"step {number}: {line['change']}" for number, line in enumerate(steps, start=1)
    ]
    assert pod.status()["step"] == len(steps)
    [fetched] = [line for line in lines if line["message"] == "fetched a/1"]
    assert (fetched["model"], fetched["version"], fetched["bytes"]) == ("a", 1, version.bytes)


def logged(caplog, before: Report, after: Report) -> list[tuple[str, str, dict]]:
    """Return what `log` makes of two rounds."""
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="generator"):
        log.changes(before, after)
    return [(one.levelname, one.getMessage(), one.fields) for one in caplog.records]


def test_a_config_that_is_refused_is_told_once(caplog):
    """Nobody else says it: the server has no metric and one line in its own log."""
    plain, refused = Report(0.0), Report(0.0, reload=Reload(Verdict.REFUSED))

    [(level, told, fields)] = logged(caplog, plain, refused)
    assert (level, fields) == ("WARNING", {"reload": "refused"})
    assert "ReloadConfig" in told
    assert logged(caplog, refused, refused) == []
    assert logged(caplog, refused, plain) == []


def test_what_others_say_is_one_line(caplog):
    """Also where the log is text."""
    evil = "one\n\x1b[31mtwo"
    after = Report(
        0.0,
        readiness=Readiness(reason=evil),
        failed={("a", 1): evil},
        unfetched={("a", 2): evil},
    )
    found = logged(caplog, Report(0.0), after)

    assert len(found) == 3
    for _, told, fields in found:
        assert told.isprintable()
        assert all(str(value).isprintable() for value in fields.values())
