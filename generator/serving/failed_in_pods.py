"""Versions that failed in pods, and the line by which one program tells another of them.

That line fits into the description of a commit status: `failed-in-pods: ranker 7 (tf-serving-a)`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from generator.serving.state import VersionKey

CODE = "failed-in-pods"

LONGEST = 140
"""Characters of a description that GitHub takes; GitLab takes 255."""

_LINE = re.compile(rf"{CODE}: (?P<versions>.+)")
_VERSION = re.compile(
    r"(?P<model>[A-Za-z0-9][A-Za-z0-9._-]{0,252}) (?P<version>0|[1-9][0-9]{0,18})"
    r"(?: \((?P<pods>[0-9A-Za-z.:,\[\] -]{1,200})\))?"
)
_REST = re.compile(r"\+[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class FailedVersion:
    """A version that pods tell of: it does not load there, ends the server, or answers wrongly."""

    model: str
    version: int
    pods: tuple[str, ...] = ()
    """Their names, sorted; none where nobody says."""
    why: str = ""
    """In the server's words; empty where nobody says."""

    @property
    def key(self) -> VersionKey:
        """Its model and number."""
        return self.model, self.version

    def __str__(self) -> str:
        placed = f" ({', '.join(self.pods)})" if self.pods else ""
        return f"{self.model} {self.version}{placed}"


def line(failed: Iterable[FailedVersion]) -> str:
    """Return the line that tells of *failed*: as many as there is room for, and `+N` for more."""
    told = sorted(failed, key=lambda it: it.key)
    found: list[str] = []
    for number, one in enumerate(told):
        rest = len(told) - number - 1
        more = [*found, str(one)]
        if len(_joined(more, rest)) > LONGEST:
            more = [*found, str(FailedVersion(one.model, one.version))]
        if len(_joined(more, rest)) > LONGEST:
            break
        found = more
    return _joined(found, len(told) - len(found))


def read(text: str) -> tuple[FailedVersion, ...]:
    """Return the versions that a line in *text* tells of; none of what is no such line.

    A line is taken whole or not at all: nobody is accused by half a sentence.
    """
    for said in text.splitlines():
        if (found := _LINE.search(said)) is not None:
            return _read(found["versions"].strip())
    return ()


def _read(text: str) -> tuple[FailedVersion, ...]:
    found: list[FailedVersion] = []
    for item in text.split("; "):
        if _REST.fullmatch(item) and found:
            continue
        one = _VERSION.fullmatch(item)
        if one is None:
            return ()
        pods = tuple(pod for pod in (one["pods"] or "").split(", ") if pod)
        found.append(FailedVersion(one["model"], int(one["version"]), pods))
    return tuple(found)


def _joined(found: list[str], rest: int) -> str:
    return f"{CODE}: {'; '.join([*found, *([f'+{rest}'] if rest else [])])}"
