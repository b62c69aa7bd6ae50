"""What agents say at `/status`, as `tfs-gitops status` reads it."""

import json

import pytest

from generator.agent.decide.reload import Verdict as Reload
from generator.agent.report import Report
from generator.agent.report import status as reported
from generator.limits.answer import AGENT_BYTES, ANSWER_VALUES
from generator.serving import agent_state
from generator.serving.agent_state import Answered, ProbeAnswer
from generator.serving.reported import Unanswered
from generator.status import agents
from generator.status.agent_reader import AgentReader
from tests.kit.project import ProjectFolder
from tests.servers.agent_page import answer, page
from tests.servers.ports import free_port


def ask(url: str):
    """Return what `status` makes of what is at the URL."""
    return AgentReader(lambda told: told).ask([url])[url]


PROBE = {
    "model": "a",
    "version": 1,
    "answered": "no",
    "words": "7, expected 8",
    "seconds": 0.5,
    "secondsWhileLoading": None,
}
NONSENSE = {
    "html": "<html>",
    "empty": "",
    "nothing": {},
    "a list": [answer()],
    "nested": "[" * 100_000,
    "no boolean": answer(ready=1),
    "no text": answer(reason=None),
    "no count": answer(generation=-1),
    "a boolean": answer(generation=True),
    "no number": answer(step=1.5),
    "digits": json.dumps(answer()).replace('"step": 0', f'"step": {"9" * 5000}'),
    "no digest": answer(wanted="x"),
    "not finite": answer(secondsSinceRound=float("nan")),
    "too large": json.dumps(answer()).replace("1.0", "1" * 400),
    "a list of waits": answer(waits=["a"]),
    "no list of failures": answer(failed={"a": 1}),
    "half a failure": answer(failed=[{"model": "a", "version": 1}]),
    "no failure": answer(unfetched=["x"]),
    "a problem that is none": answer(problems={"desired": 1}),
    "half a probe": answer(probes=[{"model": "a", "version": 1, "answered": "yes"}]),
    "no answer to a probe": answer(probes=[{**PROBE, "answered": "perhaps"}]),
    "no seconds": answer(probes=[{**PROBE, "seconds": "1"}]),
}


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_of_an_agent_is_no_answer(text):
    """It is told with what stood there; no answer at all is a bug of ours."""
    with page(text) as http:
        told = ask(http.url)

    assert isinstance(told, Unanswered)
    assert told.startswith("/status: not what an agent answers")
    assert http.asked == ["/status"]


def test_another_status_than_200_and_too_much_are_no_answers():
    """A proxy before it, or a page without an end."""
    with page("no upstream", 502) as http:
        assert ask(http.url) == "/status: HTTP 502: no upstream"
    with page(answer(reason="x" * AGENT_BYTES)) as http:
        assert "more than 8,388,608 bytes" in ask(http.url)
    with page("[" + "1," * ANSWER_VALUES + "1]") as http:
        assert ask(http.url).startswith("/status: not what an agent answers")


def test_what_an_agent_says_is_one_line_that_drives_no_terminal():
    """Its texts come from servers, stores and people."""
    evil = "a\x1b[31m\nb" + "x" * 9000
    failed = [{"model": evil, "version": 1, "error": evil}]
    keys = {"waits": {evil: evil}, "problems": {evil: evil}, "failed": failed, "unfetched": failed}
    with page(answer(reason=evil, environment=evil, reload=evil, **keys)) as http:
        found = ask(http.url)

    texts = [found.reason, found.environment, found.reload, *found.waits, *found.waits.values()]
    texts += [*found.problems, *found.problems.values(), *found.failed.values()]
    texts += [name for name, _ in found.failed]
    for text in texts:
        assert text.isprintable()
        assert text.startswith("a [31m b")
        assert len(text) <= 2001


def test_what_an_agent_writes_is_what_status_reads():
    """Each side is ours: a key that one of them gets, the other must know."""
    with page(answer()) as http:
        found = ask(http.url)

    assert isinstance(found, agent_state.AgentState)
    assert not found.ready
    assert found.age == 1.0
    assert (agent_state.REFUSED, agent_state.PENDING) == (Reload.REFUSED, Reload.PENDING)


def test_answers_to_probes_are_read_as_they_are_told():
    """By others that wait for this pod, too; an older agent tells of none."""
    known = {
        ("a", 1): ProbeAnswer(Answered.NO, "7, expected 8", 0.5),
        ("b", 2): ProbeAnswer(Answered.YES, "", 0.25, 0.75),
        ("c", 3): ProbeAnswer(Answered.NOT_YET),
    }
    with page(reported(Report(0.0, probes=known), 1.0)) as http:
        found = ask(http.url)
    assert isinstance(found, agent_state.AgentState)
    assert found.probes == known
    older = answer()
    del older["probes"]
    with page(older) as http:
        found = ask(http.url)
    assert isinstance(found, agent_state.AgentState)
    assert found.probes == {}


def test_an_environment_without_agents_is_asked_for_none(tmp_path, origin):
    """Unless a person names one."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    nobody = f"http://127.0.0.1:{free_port()}"
    words = ["status", "dev", "--server", nobody, "--format", "json"]

    [server] = json.loads(project.run(*words).stdout)["servers"]
    assert server["agent"] is None
    with page(answer()) as http:
        project.run(*words, "--agent", http.url)
    assert http.asked == ["/status"]


def test_each_server_has_its_agent(tmp_path, origin):
    """Another number of agents is usage: nobody knows whose they are."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    words = ["status", "dev", "--server", "http://a:1", "--server", "http://b:1"]

    for named in (["http://a:2"], ["http://a:2", "http://b:2", "http://c:2"]):
        result = project.run(*words, *(word for url in named for word in ("--agent", url)))
        assert result.exit_code == 2
        assert f"{len(named)} of them for 2 servers" in result.stderr
    assert project.run(*words, "--agent", "a:2").exit_code == 2


@pytest.mark.parametrize(
    ("server", "agent"),
    [
        ("http://10.0.0.7:8501", "http://10.0.0.7:9090"),
        ("https://Models.example/pod-0", "http://models.example:9090"),
        ("http://[::1]:8501", "http://[::1]:9090"),
    ],
)
def test_an_agent_is_looked_for_at_the_host_of_its_server(server, agent):
    """With the port that the component gives it, without TLS."""
    assert agents.usual_url(server) == agent
