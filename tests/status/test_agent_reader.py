"""The reader of agents: its memory has an end, whatever strangers answer, and who asks."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import yaml

from generator.limits.answer import AGENT_BYTES, AGENTS_BYTES, STATUS_BYTES
from generator.limits.limit import Limit
from generator.lock import lock_file
from generator.serving.reported import Unanswered
from generator.status.agent_reader import AgentReader, for_status
from generator.status.verify.needed import needed
from generator.status.verify.verification import Expected, verify
from tests.kit import strategies
from tests.kit.project import ProjectFolder
from tests.kit.served_fleet import Fleet
from tests.servers.agent_page import answer, page
from tests.servers.ports import free_port

LOCK = strategies.served(strategies.model("a", strategies.version("a", 1), stable=1))
EXPECTED = Expected.of(LOCK, 1)
FOR_A_VERDICT = partial(needed, EXPECTED)
WANTED = {"digest": "", "models": {"a": {"versions": [1], "labels": {"stable": 1}}}}
KEYS = {"environment": "prod", "generation": LOCK.pods_generation, "wanted": WANTED}
GOOD = answer(inSync=True, ready=True, reason="", **KEYS)
MANY = 40
MOST = 600
"""Megabytes that forty liars may cost a person."""

JOB = Path(__file__).parents[1] / "golden/overlay-scaffold/components/verify/job.yaml"
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


def asked(*pages, most=AGENTS_BYTES, keep=FOR_A_VERDICT):
    """Return what is heard of agents that have these pages, by the place of each."""
    with ExitStack() as stack:
        urls = [stack.enter_context(page(it)).url for it in pages]
        found = AgentReader(keep, most).ask(urls)
        return [found[url] for url in urls]


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


def test_of_what_an_agent_tells_status_keeps_what_it_shows():
    """Not the answers to probes, nor all that it wants of Git: a person is shown neither."""
    probe = {"model": "a", "version": 1, "answered": "yes", "words": "w" * 999, "seconds": 1.0}
    told = telling(probes=[{**probe, "secondsWhileLoading": None}], waits={"a": "its turn"})
    [found] = asked(told, keep=for_status)
    assert (found.waits, found.probes, found.names) == ({"a": "its turn"}, {}, {})


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


@pytest.mark.parametrize("keep", [FOR_A_VERDICT, for_status])
def test_what_is_kept_of_all_has_an_end(keep):
    """Who has no room is a pod that does not answer, and the commit is not served."""
    most = Limit(40_000, "bytes", "answers", reason="a test", told="no answer")
    found = asked(*[waiting(15_000) for _ in range(6)], GOOD, most=most, keep=keep)
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


@pytest.fixture
def liars():
    """Return the URLs of many agents that lie."""
    with ExitStack() as stack:
        yield [stack.enter_context(page(LIES[it % len(LIES)]())).url for it in range(MANY)]


def peak(words, folder, code, **more):
    """Run the program, and return what it told, and the megabytes that it took at most."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words],
        cwd=folder,
        env=os.environ | more,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr[:2000]
    *told, kilobytes = done.stdout.splitlines()
    return "\n".join(told), int(kilobytes) // 1024


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted otherwise")
def test_many_lying_agents_take_less_than_the_job_may(tmp_path, liars):
    """Whatever they say, the Job goes on to its verdict: it is not ended for its memory."""
    [job] = yaml.safe_load_all(JOB.read_text(encoding="utf-8"))
    [container] = job["spec"]["template"]["spec"]["containers"]
    allowed = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
    env = {it["name"]: it["value"] for it in container["env"]}
    (tmp_path / "models.lock.json").write_text(lock_file.dump(LOCK))
    words = [it for url in liars for it in ("--agents", url.removeprefix("http://"))]
    words = ["verify", "--desired", str(tmp_path), *words, "--timeout", "12s"]
    told, taken = peak(words, tmp_path, 10, **env)
    assert "not served" in told
    assert 30 < taken < allowed * 0.7


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted otherwise")
@pytest.mark.parametrize(("command", "code"), [("status", 10), ("sync", 0)])
def test_many_lying_agents_take_little_where_a_person_asks(command, code, tmp_path, origin, liars):
    """The same reader, and the memory of any laptop; without the two lines that the Job has."""
    fleet = Fleet(ProjectFolder.create(tmp_path / "project", str(origin.path)), origin)
    fleet.deliver(1)
    words = [it for url in liars for it in ("--agent", url)]
    if command == "status":
        nobody = f"http://127.0.0.1:{free_port()}"
        words += [it for at, _ in enumerate(liars) for it in ("--server", f"{nobody}/{at}")]
    told, taken = peak([command, "dev", *words], fleet.project.root, code)
    assert told
    assert 30 < taken < MOST


@pytest.mark.no_cover
def test_status_hears_sixty_pods_that_wait_with_three_thousand_models_each():
    """As in a wave of a large fleet: each says of each model which pod it waits for."""
    why = "version 2: turn 2 of 60: waits for pod tf-serving-7c9d8f6b5-x2x4z, which soaks for 120 s"
    told = json.dumps(telling(waits={f"team-model-{it:04}": why for it in range(3000)}))
    found = asked(*[told] * 60, most=STATUS_BYTES, keep=for_status)
    assert not any(isinstance(it, Unanswered) for it in found)
