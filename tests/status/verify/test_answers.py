"""The room for the answers to a verification: it has an end, whatever strangers answer."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from generator.limits.answer import AGENT_BYTES, AGENTS_BYTES
from generator.limits.limit import Limit
from generator.lock import lock_file
from generator.serving.reported import Unanswered
from generator.status.verify.answers import Room
from generator.status.verify.verification import Expected, verify
from tests.kit import strategies
from tests.servers.agent_page import answer, page

LOCK = strategies.served(strategies.model("a", strategies.version("a", 1), stable=1))
EXPECTED = Expected.of(LOCK, 1)
WANTED = {"digest": "", "models": {"a": {"versions": [1], "labels": {"stable": 1}}}}
KEYS = {"environment": "prod", "generation": LOCK.pods_generation, "wanted": WANTED}
GOOD = answer(inSync=True, ready=True, reason="", **KEYS)
MANY = 40

JOB = Path(__file__).parents[2] / "golden/overlay-scaffold/components/verify/job.yaml"
OTHERS = {f"m{it}": {"versions": [it], "labels": {}} for it in range(30_000)}

PEAK = """
import atexit
atexit.register(
    lambda: print(*(it.split()[1] for it in open("/proc/self/status") if it.startswith("VmHWM")))
)
from generator.__main__ import main
main()
"""


def telling(**keys):
    """Return what an agent tells that has the commit, and does not serve it."""
    return answer(**KEYS, **keys)


def waiting(size):
    """Return what one tells that has so many bytes of reasons, each of a length that is kept."""
    count = size // 2000
    return json.dumps(telling(waits={f"m{it}": "w" * 1950 for it in range(count)}))


def asked(*pages, most=AGENTS_BYTES):
    """Return what is heard of agents that have these pages, by the place of each."""
    with ExitStack() as stack:
        urls = [stack.enter_context(page(it)).url for it in pages]
        addresses = [url.removeprefix("http://") for url in urls]
        found = Room(EXPECTED, most).ask(addresses)
        return [found[address] for address in addresses]


def test_of_agents_that_serve_the_commit_little_is_kept_and_what_they_want_once():
    """Most pods want the same, and there are many."""
    probe = {"model": "a", "version": 1, "answered": "yes", "words": "w" * 999, "seconds": 1.0}
    first, second, at_it = asked(
        {**GOOD, "probes": [{**probe, "secondsWhileLoading": None}]},
        GOOD,
        telling(probes=[{**probe, "secondsWhileLoading": None}]),
    )
    assert first.names is second.names
    assert not first.probes
    assert {it.words for it in at_it.probes.values()} == {""}
    assert verify(EXPECTED, {"x": first, "y": second}).serves


def test_of_an_agent_of_another_commit_only_that_is_kept():
    """It may be a stranger, who says whatever takes room."""
    told = {**json.loads(waiting(90_000)), "generation": 7}
    [found] = asked(told | {"wanted": WANTED | {"digest": "d"}})
    assert (found.waits, found.names, found.generation) == ({}, {}, 7)
    assert "generation 7" in verify(EXPECTED, {"x": found}).pods[0].waits_for


@pytest.mark.parametrize(("more", "is_heard"), [(0, True), (1, False)])
def test_an_agent_is_heard_up_to_its_limit(more, is_heard):
    """Beyond it, it is a pod that does not answer."""
    [found] = asked(json.dumps(GOOD).ljust(AGENT_BYTES + more))
    assert isinstance(found, Unanswered) is not is_heard


def test_who_finds_the_room_full_is_asked_again_and_who_fits_is_heard():
    """All together may be too much while they are read, and fit well once they are."""
    most = Limit(40_000, "bytes", "answers", reason="a test", told="no answer")
    large = [json.dumps(GOOD).ljust(30_000) for _ in range(20)]
    assert not any(isinstance(it, Unanswered) for it in asked(*large, most=most))


def test_what_is_kept_of_all_has_an_end():
    """Who has no room is a pod that does not answer, and the commit is not served."""
    most = Limit(40_000, "bytes", "answers", reason="a test", told="no answer")
    found = asked(*[waiting(15_000) for _ in range(6)], GOOD, most=most)
    unheard = [it for it in found if isinstance(it, Unanswered)]
    assert 0 < len(unheard) < 6
    assert all("more than 40,000 bytes, with those of other agents" in it for it in unheard)
    assert not verify(EXPECTED, dict(zip("abcdefg", found, strict=True))).serves


LIES = (
    lambda: json.dumps(telling(reason="x" * 7_900_000)),
    lambda: json.dumps(telling(reason="x" * 16_000_000)),
    lambda: json.dumps(
        telling(waits={f"{it}\U0001f600": "w" * 1900 + "\U0001f600" for it in range(4000)}),
        ensure_ascii=False,
    ),
    lambda: waiting(7_900_000),
    lambda: json.dumps(telling(waits={f"{it}": "" for it in range(190_000)})),
    lambda: json.dumps(telling() | {"wanted": WANTED | {"models": WANTED["models"] | OTHERS}}),
    lambda: "[" * 7_900_000,
)
"""One text, too much, wide characters, many reasons, many of nothing, other models, depth."""


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted otherwise")
def test_many_lying_agents_take_less_than_the_job_may(tmp_path):
    """Whatever they say, the Job goes on to its verdict: it is not ended for its memory."""
    [job] = yaml.safe_load_all(JOB.read_text(encoding="utf-8"))
    [container] = job["spec"]["template"]["spec"]["containers"]
    allowed = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
    env = os.environ | {it["name"]: it["value"] for it in container["env"]}
    (tmp_path / "models.lock.json").write_text(lock_file.dump(LOCK))
    with ExitStack() as stack:
        served = [stack.enter_context(page(LIES[it % len(LIES)]())) for it in range(MANY)]
        words = [it for one in served for it in ("--agents", f"127.0.0.1:{one.server_port}")]
        command = [sys.executable, "-c", PEAK, "verify", "--desired", str(tmp_path), *words]
        done = subprocess.run(
            [*command, "--timeout", "12s"], env=env, capture_output=True, text=True, check=False
        )
    assert done.returncode == 10, done.stderr[:2000]
    *told, peak = done.stdout.splitlines()
    assert "not served" in told[0]
    assert 30 < int(peak) // 1024 < allowed * 0.7
