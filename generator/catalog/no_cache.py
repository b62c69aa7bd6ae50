"""The cache of a run that knows of no other run."""

from collections.abc import Collection, Iterable, Mapping

from generator.catalog.catalog import ProvenByIndex, Version
from generator.catalog.findings import Findings
from generator.catalog.hold import HeldByIndex


class NoCache:
    """A cache that has nothing, and keeps nothing beyond this run."""

    def __init__(self) -> None:
        self._findings: dict[str, Findings] = {}
        self._held: HeldByIndex = {}

    def versions(self, known: Collection[tuple[str, str]] = ()) -> ProvenByIndex:  # noqa: ARG002
        """Return none."""
        return {}

    def keep_versions(self, versions: Iterable[Version]) -> None:
        """Keep none."""

    def held_indexes(self) -> HeldByIndex:
        """Return those that this run has held."""
        return self._held

    def keep_held_indexes(self, held: HeldByIndex) -> None:
        """Keep *held* for this run."""
        self._held = held

    def refused(self) -> Collection[str]:
        """Return none."""
        return ()

    def findings(self, question: str) -> Findings | None:
        """Return what this run found."""
        return self._findings.get(question)

    def keep_findings(self, answers: Mapping[str, tuple[str, Findings]]) -> None:
        """Keep *answers* for this run."""
        self._findings |= {key: found for key, (_, found) in answers.items()}
