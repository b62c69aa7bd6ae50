"""The answers of a server at each moment, held against what Git wanted.

Three kinds of answers are watched: each version, each label from whatever version, and each
model by any version. What every commit since it answered wants goes on to answer, for as long
as the process lives, once its pod was ready and the file named it: a server that starts anew gets
no requests before, and may have read a file from which its agent takes out what was on trial.

In doubt is what a commit took out and a later one wants again: the server may still be doing
what the one before said. The doubt ends when it has gone and come back, or when the pod has
come to rest. A pod that was ready is not out while its server lives and all that answers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from generator.serving.state import State

Answer = tuple[str, str]
"""A model, and `""` for any version, `version 1`, or `label stable`."""

_ACCEPTED = ("none", "ok", "not-available")
"""How reloads may end: one that waited for a new model tells if that did not load."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened at *at*, in seconds of the monotonic clock of this machine."""

    at: float
    what: str
    """`leaves` and `wanted` before and after a commit is mounted, `file`, `server`,
    `killed`, `rest`; and what the agent says: `ready`, and `out` if it is not ready although the
    server answers.
    """
    answers: frozenset[Answer] = frozenset()
    began: bool = False
    verdict: str = "none yet"


def wanted(state: State) -> frozenset[Answer]:
    """Return what a server answers for that serves *state*."""
    return frozenset(
        answer
        for name, model in state.items()
        for answer in _answers(name, model.versions, dict(model.labels))
    )


def of_server(line: dict[str, Any]) -> Moment:
    """Return what a line of a server's journal says: one that a version ends is killed by it."""
    if line["exited"].startswith("crash "):
        return Moment(line["at"], "killed")
    answers = frozenset(
        answer
        for name, versions in line["versions"].items()
        for answer in _answers(name, versions, line["labels"].get(name, {}))
    )
    return Moment(line["at"], "server", answers, line["began"], line["verdict"])


def problems(moments: Iterable[Moment]) -> Iterator[str]:
    """Yield what should not have been, in its order."""
    watch = _Watch()
    for moment in sorted(moments, key=lambda one: one.at):
        yield from watch.see(moment)


def _answers(name: str, versions: Iterable[int], labels: Iterable[str]) -> Iterator[Answer]:
    yield name, ""
    yield from ((name, f"version {number}") for number in versions)
    yield from ((name, f"label {label}") for label in labels)


@dataclass(slots=True)
class _Watch:
    """One server, and the commits that are mounted in its pod."""

    wanted: frozenset[Answer] = frozenset()
    named: frozenset[Answer] = frozenset()
    """By the config."""
    answers: frozenset[Answer] = frozenset()
    guarded: frozenset[Answer] = frozenset()
    """What must not stop answering."""
    doubted: frozenset[Answer] = frozenset()
    gone: frozenset[Answer] = frozenset()
    """Of what is in doubt: what stopped answering after it was wanted again."""
    verdict: str = field(default="none yet")
    ready: bool = False
    """Whether the pod was ready since the server began."""

    def see(self, moment: Moment) -> Iterator[str]:
        if moment.what == "leaves":
            self.doubted |= self.wanted - moment.answers
            self.wanted &= moment.answers
            self.gone &= self.wanted
            self.guarded &= self.wanted
        elif moment.what == "wanted":
            self.wanted = moment.answers
        elif moment.what == "file":
            self.named = moment.answers
        elif moment.what == "server":
            yield from self._server(moment)
        elif moment.what == "killed":
            self.ready, self.answers, self.guarded = False, frozenset(), frozenset()
        elif moment.what == "out":
            if self.ready:
                yield f"{moment.at:.2f}: the pod is out, and its server answers as before"
        else:
            self.ready = True
            if moment.what == "rest":
                self.doubted = self.gone = frozenset()
        if self.ready:
            self.guarded |= (self.wanted & self.named & self.answers) - self.doubted

    def _server(self, moment: Moment) -> Iterator[str]:
        if moment.began:
            self.answers = self.guarded = frozenset()
            self.verdict, self.ready = "none yet", False
        if moment.verdict != self.verdict and moment.verdict.split()[0] not in _ACCEPTED:
            yield f"{moment.at:.2f}: the server refused a config: {moment.verdict}"
        self.verdict = moment.verdict
        silent = self.answers - moment.answers
        for name, what in sorted(silent & self.guarded):
            yield f"{moment.at:.2f}: {f'{name} {what}'.strip()} stopped answering"
        self.guarded -= silent
        self.gone |= silent & self.doubted & self.wanted
        back = self.gone & moment.answers
        self.gone -= back
        self.doubted -= back
        self.answers = moment.answers
