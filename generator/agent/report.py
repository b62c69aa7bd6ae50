"""The report of an agent, as JSON for people and as metrics for Prometheus."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from generator.agent.decide.config import Config
from generator.agent.decide.readiness import Readiness
from generator.agent.decide.reload import Reload, Verdict
from generator.serving.agent_state import Answered, ProbeAnswer, errors_json, probes_json
from generator.serving.state import VersionKey
from generator.serving.wave_state import WaveState


class Report(Struct, frozen=True):
    """The result of one round. Times are seconds of a monotonic clock."""

    at: float
    readiness: Readiness = field(default_factory=Readiness)
    environment: str = ""
    generation: int = 0
    state: str = ""
    """Digest of the desired state, as it is mounted."""
    wanted: Config = field(default_factory=dict)
    wanted_digest: str = ""
    """SHA-256 of the wanted models.config; that of the served one is the same at the end."""
    served: Config = field(default_factory=dict)
    served_digest: str = ""
    """Empty while there is no config."""
    steps: int = 0
    """Configs that were written since the agent started."""
    reload: Reload = field(default_factory=Reload)
    waits: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[VersionKey, str] = field(default_factory=dict)
    """Versions that did not load here, in the server's words."""
    retry_at: Mapping[VersionKey, float] = field(default_factory=dict)
    """The time at which each of them is tried again at the latest."""
    failures: int = 0
    """Loads that failed since the agent started."""
    unfetched: Mapping[VersionKey, str] = field(default_factory=dict)
    """Versions that could not be fetched, and why."""
    probes: Mapping[VersionKey, ProbeAnswer] = field(default_factory=dict)
    """The answers of the versions that are AVAILABLE."""
    bytes: int = 0
    problems: Mapping[str, str] = field(default_factory=dict)
    """The problem of `desired`, `served`, `models`, `server` or `peers`; a bug is of `agent`."""
    succeeded_at: float | None = None
    """The time at which the server last served what Git wanted then."""
    wave: WaveState | None = None
    """The waves as the pod tells others of them; None if it makes none."""
    waiting: int = 0
    """Versions that wait for other pods."""
    overdue: int = 0
    """Those of them that wait longer than the timeout."""

    @property
    def in_sync(self) -> bool:
        """Whether the server serves what Git wants."""
        wrong = self.problems.keys() - {"peers"} or self.waits or self.failed or self.unfetched
        return bool(self.wanted_digest) and not wrong and self.wanted_digest == self.served_digest


def problems_text(problems: Mapping[str, str], *places: str) -> str:
    """Return the problems of some *places*, or of all."""
    return "; ".join(
        f"{place}: {problem}"
        for place, problem in sorted(problems.items())
        if not places or place in places
    )


def status(report: Report, now: float) -> dict[str, Any]:
    """Return the report as JSON."""
    return {
        "ready": report.readiness.ready,
        "reason": report.readiness.reason,
        "inSync": report.in_sync,
        "environment": report.environment,
        "generation": report.generation,
        "wanted": {"digest": report.wanted_digest, "models": _models(report.wanted)},
        "served": {"digest": report.served_digest, "models": _models(report.served)},
        "step": report.steps,
        "reload": report.reload.verdict,
        "waits": dict(sorted(report.waits.items())),
        "failed": [
            {**one, "secondsToRetry": max(0.0, round(report.retry_at.get(key, now) - now, 1))}
            for key, one in zip(sorted(report.failed), errors_json(report.failed), strict=True)
        ],
        "unfetched": errors_json(report.unfetched),
        "probes": probes_json(report.probes),
        "bytes": report.bytes,
        "problems": dict(sorted(report.problems.items())),
        "secondsSinceRound": round(now - report.at, 1),
        "secondsSinceSuccess": (
            None if report.succeeded_at is None else round(now - report.succeeded_at, 1)
        ),
        "wave": None if report.wave is None else report.wave.json,
    }


def metrics(report: Report, now: float) -> str:
    """Return the report in the text format of Prometheus."""
    lines: list[str] = []
    for name, kind, meaning, samples in _metrics(report, now):
        full = f"tfs_gitops_agent_{name}"
        lines += [f"# HELP {full} {meaning}", f"# TYPE {full} {kind}"]
        lines += [f"{full}{labels} {value:.15g}" for labels, value in samples]
    return "\n".join([*lines, ""])


Samples = list[tuple[str, float]]


def _metrics(report: Report, now: float) -> Iterator[tuple[str, str, str, Samples]]:
    wanted, served = _labels(digest=report.wanted_digest), _labels(digest=report.served_digest)
    yield "wanted_info", "gauge", "The models.config that Git wants.", [(wanted, 1)]
    yield "served_info", "gauge", "The models.config that the server reads.", [(served, 1)]
    yield "generation", "gauge", "Generation of the wanted lock.", [("", report.generation)]
    yield "ready", "gauge", "Whether the pod is ready.", [("", report.readiness.ready)]
    yield "in_sync", "gauge", "Whether the server serves what Git wants.", [("", report.in_sync)]
    yield "steps_total", "counter", "Configs written.", [("", report.steps)]
    yield (
        "config_reload",
        "gauge",
        "Whether the server has taken its config, by verdict.",
        [(_labels(verdict=it), float(it is report.reload.verdict)) for it in Verdict],
    )
    yield (
        "waiting_models",
        "gauge",
        "Models that are not served as wanted.",
        [("", len(report.waits))],
    )
    yield "failed_loads_total", "counter", "Loads that failed.", [("", report.failures)]
    yield "failed_load", "gauge", "Versions that do not load here.", _versions(report.failed)
    yield "unfetched", "gauge", "Versions that could not be fetched.", _versions(report.unfetched)
    yield from _probes(report.probes)
    yield "fetched_bytes_total", "counter", "Bytes from the store.", [("", report.bytes)]
    if (wave := report.wave) is not None:
        leads = {key: it.answering for key, it in wave.trials.items() if it.answering is not None}
        yield "wave_waiting", "gauge", "Versions that wait for other pods.", [("", report.waiting)]
        meaning = "Those of them that wait longer than the timeout."
        yield "wave_overdue", "gauge", meaning, [("", report.overdue)]
        yield "wave_leading", "gauge", "Versions that are on trial here.", [("", len(leads))]
        refused = [
            (_labels(model=name, version=str(number), pod=it.pod), 1.0)
            for (name, number), it in sorted(wave.refused.items())
            if name in report.wanted and number in report.wanted[name].state.versions
        ]
        yield "wave_refused", "gauge", "Wanted versions that failed in a pod of the wave.", refused
    places = ("desired", "served", "models", "server", "peers", "agent")
    problems = [(_labels(place=it), float(it in report.problems)) for it in places]
    yield "problem", "gauge", "What cannot be read, written or asked.", problems
    at = report.succeeded_at
    age = [("", now - at)] if at is not None else []
    meaning = "Age of the last look at which the server served what Git wanted."
    yield "last_success_age_seconds", "gauge", meaning, age


def _probes(
    probes: Mapping[VersionKey, ProbeAnswer],
) -> Iterator[tuple[str, str, str, Samples]]:
    for answered, name, meaning in (
        (Answered.NO, "probe_wrong", "Versions that answer their probe wrongly."),
        (Answered.NOT_YET, "probe_unanswered", "Loaded versions that have yet to answer it."),
    ):
        found = {key: it.words for key, it in probes.items() if it.answered is answered}
        yield name, "gauge", meaning, _versions(found)
    meaning = "Seconds to the last answer of a version to its probe"
    yield "probe_seconds", "gauge", f"{meaning}.", _seconds(probes, "seconds")
    meaning += ", while another version loaded."
    yield "probe_seconds_while_loading", "gauge", meaning, _seconds(probes, "under_load")


def _seconds(probes: Mapping[VersionKey, ProbeAnswer], which: str) -> Samples:
    return [
        (_labels(model=name, version=str(number)), taken)
        for (name, number), answer in sorted(probes.items())
        if (taken := getattr(answer, which)) is not None
    ]


def _models(config: Config) -> dict[str, Any]:
    return {name: entry.state.json for name, entry in sorted(config.items())}


def _versions(found: Mapping[VersionKey, str]) -> Samples:
    return [(_labels(model=name, version=str(number)), 1.0) for name, number in sorted(found)]


def _labels(**labels: str) -> str:
    quoted = (
        '{}="{}"'.format(name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for name, value in labels.items()
    )
    return f"{{{','.join(quoted)}}}"
