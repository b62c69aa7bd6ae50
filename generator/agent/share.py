"""The share of a pod in the waves, as its report has it, for `/wave`."""

from generator.agent.report import Report
from generator.serving.wave_document import WaveDocument, differing


def document(report: Report, began: float, *, has_all: bool) -> WaveDocument | None:
    """Return what the agents of the other pods are told; None of one that makes no waves.

    Its clock is that of the report, from the moment *began* on. It *has_all* versions that the
    server's config names, or those where that is not as the desired state has it.
    """
    if report.wave is None:
        return None
    named = {name: entry.state.versions for name, entry in report.served.items()}
    wanted = {name: entry.state.versions for name, entry in report.wanted.items()}
    return WaveDocument(
        environment=report.environment,
        generation=report.generation,
        state=report.state,
        ready=report.readiness.ready,
        clock=max(0.0, report.at - began),
        wave=report.wave,
        served=named if has_all else differing(named, wanted),
        has_all=has_all,
    )
