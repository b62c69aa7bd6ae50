"""The share of a pod in the waves, as its report has it, for `/wave`."""

from generator.agent.decide.config import states
from generator.agent.report import Report
from generator.serving.wave_document import Serving, WaveDocument


def document(report: Report, began: float, *, has_all: bool) -> WaveDocument | None:
    """Return what the agents of the other pods are told; None of one that makes no waves.

    Its clock is that of the report, from the moment *began* on. It *has_all* versions and labels
    of the server's config, or those that are not as the desired state has them.
    """
    if report.wave is None:
        return None
    named, wanted = states(report.served), states(report.wanted)
    told = Serving.whole(named) if has_all else Serving.differing(named, wanted)
    return WaveDocument(
        environment=report.environment,
        generation=report.generation,
        state=report.state,
        ready=report.readiness.ready,
        clock=max(0.0, report.at - began),
        wave=report.wave,
        served=told.versions,
        has_all=has_all,
        labels=told.labels,
    )
