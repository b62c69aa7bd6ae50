"""A status as text for a terminal, and as JSON."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from generator.serving.agent_state import AgentState, errors_json
from generator.serving.reported import ProbeResult, ServerModel, Sidecar, Unanswered
from generator.status.listing import listing
from generator.status.status import Generation, ModelStatus, ServerStatus, Status
from generator.status.verdict import SILENT, Verdict
from generator.text.phrases import labels, numbers
from generator.text.timestamp import timestamp


def status_json(status: Status) -> dict[str, Any]:
    """Return the status as schemas/status.schema.json describes it."""
    return {
        "environment": status.environment,
        "agrees": status.agrees,
        "generation": status.git.lock.generation if status.git else 0,
        "merged": timestamp(status.git.at) if status.git else None,
        "servers": [
            {
                "url": server.url,
                "agrees": server.agrees,
                "unanswered": server.unanswered and str(server.unanswered),
                "serves": _generation_json(server.serves),
                "models": [_model_json(model) for model in server.models],
                "agent": _agent_json(server.agent),
            }
            for server in status.servers
        ],
    }


def status_text(status: Status, *, quiet: bool = False) -> str:
    """Return the status for a terminal: each version, then what differs, and counts of the rest.

    *quiet* leaves the list of the versions out.
    """
    lines = [f"{status.environment}: {_git(status)}"]
    lines += [] if quiet else listing(status)
    for server in status.servers:
        lines += ["", *_server_lines(server)]
    agreeing = sum(server.agrees for server in status.servers)
    lines += ["", f"{agreeing} of {len(status.servers)} servers in-sync"]
    return "\n".join(lines)


def _git(status: Status) -> str:
    if status.git is None or not status.git.lock.generation:
        return "Git says nothing yet: no sync has committed"
    lock = status.git.lock
    found = f"generation {lock.generation}, on the branch since {timestamp(status.git.at)}"
    count = len(lock.models)
    return f"{found}, {count} model{'' if count == 1 else 's'}"


def _server_lines(server: ServerStatus) -> Iterator[str]:
    if server.unanswered is not None:
        yield f"{server.url}: {Verdict.UNKNOWN}: {server.unanswered}"
        yield f"  -> {server.remedy}"
        yield from _agent_lines(server.agent)
        return
    counts = Counter(model.verdict for model in server.models)
    parts = [f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]]
    yield f"{server.url}: {', '.join(parts) or 'no models'}"
    if server.serves is not None:
        yield f"  it serves {_generation(server.serves)}"
    yield from _agent_lines(server.agent)
    for model in server.models:
        if model.verdict is not Verdict.IN_SYNC:
            yield from _model_lines(model, server.serves)


def _agent_lines(agent: Sidecar | None) -> Iterator[str]:
    if agent is None:
        return
    if isinstance(agent.reported, Unanswered):
        yield f"  agent {agent.url}: {Verdict.UNKNOWN}: {agent.reported}"
        yield f"      -> {SILENT}"
        return
    ready = "ready" if agent.reported.ready else "not ready"
    yield f"  agent {agent.url}: {ready}, generation {agent.reported.generation}"
    yield from (f"      {reason.removeprefix(f'{ready}: ')}" for reason in agent.reasons)


def _model_lines(model: ModelStatus, whole: Generation | None) -> Iterator[str]:
    yield f"  ! {model.model}: {model.verdict}: {model.verdict.meaning}"
    yield from (f"      {reason}" for reason in model.reasons)
    yield f"      Git says {_wanted(model)}"
    if model.serves is not None and model.serves != whole:
        yield f"      this is {_generation(model.serves)}"
    yield f"      -> {model.remedy}"


def _wanted(model: ModelStatus) -> str:
    since = f", since {timestamp(model.since)}" if model.since else ""
    if model.wanted is None:
        return f"nothing of it{since}"
    versions = numbers(model.wanted.versions, ",")
    placed = f", labels {labels(model.wanted.labels, ' ')}" if model.wanted.labels else ""
    return f"versions {versions}{placed}{since}"


def _generation(found: Generation) -> str:
    return f"generation {found.number}, which was replaced at {timestamp(found.replaced)}"


def _generation_json(found: Generation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "generation": found.number,
        "merged": timestamp(found.merged),
        "replaced": timestamp(found.replaced),
    }


def _model_json(model: ModelStatus) -> dict[str, Any]:
    return {
        "model": model.model,
        "verdict": model.verdict,
        "reasons": list(model.reasons),
        "remedy": model.remedy,
        "git": model.wanted.json if model.wanted else None,
        "since": timestamp(model.since) if model.since else None,
        "server": _server_json(model.reported),
        "serves": _generation_json(model.serves),
    }


def _agent_json(agent: Sidecar | None) -> dict[str, Any] | None:
    if agent is None:
        return None
    found = {"url": agent.url, "agrees": agent.agrees, "reasons": list(agent.reasons)}
    if isinstance(agent.reported, Unanswered):
        return {**found, "unanswered": str(agent.reported), "pod": None}
    return {**found, "unanswered": None, "pod": _pod_json(agent.reported)}


def _pod_json(agent: AgentState) -> dict[str, Any]:
    return {
        "ready": agent.ready,
        "reason": agent.reason,
        "inSync": agent.in_sync,
        "environment": agent.environment,
        "generation": agent.generation,
        "wanted": agent.wanted,
        "served": agent.served,
        "step": agent.step,
        "reload": agent.reload,
        "age": agent.age,
        "waits": dict(sorted(agent.waits.items())),
        "failed": errors_json(agent.failed),
        "unfetched": errors_json(agent.unfetched),
        "problems": dict(sorted(agent.problems.items())),
    }


def _server_json(reported: ServerModel | Unanswered) -> dict[str, Any] | None:
    if isinstance(reported, Unanswered):
        return None
    return {
        "versions": [
            {"version": number, "state": one.state, "error": one.error or None}
            for number, one in sorted(reported.versions.items())
        ],
        "labels": dict(sorted(reported.labels.items())),
        "probes": [_probe_json(probe) for probe in reported.probes],
    }


def _probe_json(probe: ProbeResult) -> dict[str, Any]:
    return {"version": probe.version, "label": probe.label, "error": probe.error}
