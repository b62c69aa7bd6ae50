"""The share of a pod in the waves of its environment, as its agent tells it at `/status`.

Agents read it from each other, so it comes from programs of other releases too: what is unknown
is left alone, and what is no state at all is refused whole. All times are durations that a pod
tells about itself: no two clocks are compared.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from generator.serving.state import VersionKey

Served = Mapping[str, frozenset[int]]
"""Versions by model."""

Labels = Mapping[str, frozenset[str]]
"""Labels by model."""

ALL_OTHERS = ""
"""The name under which labels are of all models that are not named."""


class Leave(StrEnum):
    """The place of a pod in the Service: it leaves to swap what has no room for two versions."""

    NO = "no"
    ASKS = "asks"
    """It tells the others that it is to leave."""
    OUT = "out"
    """It gets no requests until it has swapped."""


class Trial(Struct, frozen=True):
    """A version that a pod is told to serve, and that is not proven there yet."""

    digest: str
    """Of its objects, as the lock of that pod has it."""
    answering: float | None = None
    """Seconds for which it has been loaded and answered without a break; None if it does not."""
    is_again: bool = False
    """Whether the server ended with it before: nobody goes on without this pod."""


class Refusal(Struct, frozen=True):
    """A version that is not served for what it did in one pod."""

    digest: str
    pod: str
    why: str
    template: str = ""
    """Of that pod: another image, or more memory, may do. Empty where nobody knows it."""


class Kept(Struct, frozen=True):
    """A version that a pod serves well, and that Git wants no more: another is not there yet.

    A fresh pod takes it, and has a lock that does not name it.
    """

    base_path: str
    platform: str
    line: Mapping[str, Any]
    """Its line of the lock that did."""
    labels: tuple[str, ...] = ()
    """Those on it."""


class WaveState(Struct, frozen=True):
    """The share of one pod."""

    pod: str
    """Its name."""
    was_ready: bool = False
    """Whether it has been ready since it is there: then there is something to protect."""
    answering: float | None = None
    """Seconds for which its server has answered without a break; None if it does not."""
    trials: Mapping[VersionKey, Trial] = field(default_factory=dict)
    refused: Mapping[VersionKey, Refusal] = field(default_factory=dict)
    keeps: Mapping[VersionKey, Kept] = field(default_factory=dict)
    proven: Mapping[VersionKey, str] = field(default_factory=dict)
    """The digests of versions that were served well in pods of its template, and are no more."""
    template: str = ""
    """The template of the pod: it differs where the image or the resources do."""
    is_restless: bool = False
    """Whether its server ends again and again."""
    doubted: Mapping[VersionKey, str] = field(default_factory=dict)
    """The digests of versions with which its server ended, and that Git wants no more there: where
    it wants one again, this pod tries it before others."""
    wrong: frozenset[VersionKey] = frozenset()
    """Versions that it serves on although they have answered their probe wrongly."""
    leave: Leave = Leave.NO
    yields: bool | None = None
    """Whether it stands behind the others in the line, for it cannot take its turn; None of an
    agent that does not tell."""

    def later(self, seconds: float) -> "WaveState":
        """Return this state so much later, when nothing else has changed."""
        return replace(
            self,
            answering=_longer(self.answering, seconds),
            trials={
                key: replace(it, answering=_longer(it.answering, seconds))
                for key, it in self.trials.items()
            },
        )

    @property
    def json(self) -> dict[str, Any]:
        """The state as JSON."""
        return {
            "pod": self.pod,
            "podTemplate": self.template,
            "wasReady": self.was_ready,
            "secondsAnswering": _rounded(self.answering),
            "restless": self.is_restless,
            "leave": self.leave.value,
            **({} if self.yields is None else {"yields": self.yields}),
            "trials": [
                _row(
                    key,
                    digest=it.digest,
                    secondsAnswering=_rounded(it.answering),
                    again=it.is_again,
                )
                for key, it in sorted(self.trials.items())
            ],
            "refused": [
                _row(key, digest=it.digest, pod=it.pod, error=it.why, podTemplate=it.template)
                for key, it in sorted(self.refused.items())
            ],
            "doubted": [_row(key, digest=it) for key, it in sorted(self.doubted.items())],
            "proven": [_row(key, digest=it) for key, it in self.proven.items()],
            "wrong": [_row(key) for key in sorted(self.wrong)],
            "keeps": [
                _row(
                    key,
                    basePath=it.base_path,
                    platform=it.platform,
                    line=it.line,
                    labels=list(it.labels),
                )
                for key, it in sorted(self.keeps.items())
            ],
        }


class Peer(Struct, frozen=True):
    """Another pod, as its agent told of it when it was heard last."""

    pod: str
    """Its name; of an agent that knows no waves, its address."""
    ready: bool
    generation: int
    served: Served
    """The versions that its server's config names, by model."""
    labels: Labels | None = None
    """The labels that it has, by model; None of an agent that does not tell."""
    waits: frozenset[str] = frozenset()
    """The models that are not served there as wanted."""
    failed: Mapping[VersionKey, str] = field(default_factory=dict)
    age: float = 0.0
    """Seconds since its last round; as a roster sees it, by now, and not only when it told that."""
    wave: WaveState | None = None
    """None of an agent that knows no waves, or is told to make none."""
    is_silent: bool = False
    """Whether it does not answer now."""
    is_remembered: bool = False
    """Whether it was heard by an agent before this one alone."""
    environment: str = ""
    """Empty where nobody has said it."""

    @property
    def yields(self) -> bool | None:
        """Whether it tells that it stands behind the others in the line."""
        return None if self.wave is None else self.wave.yields

    @property
    def unyielding(self) -> "Peer":
        """The pod as one that does not yield."""
        return self if self.wave is None else replace(self, wave=replace(self.wave, yields=False))

    def labels_of(self, model: str) -> frozenset[str]:
        """Return the labels that its config has of a model, as far as it tells."""
        labels = self.labels or {}
        return labels.get(model, labels.get(ALL_OTHERS, frozenset()))

    def names(self, key: VersionKey) -> bool:
        """Whether its config names a version."""
        return key[1] in self.served.get(key[0], ())


def remembered(pod: str) -> Peer:
    """Return a pod of which an agent before this one has heard, and nothing more is known."""
    wave = WaveState(pod, was_ready=True)
    return Peer(pod, ready=False, generation=0, served={}, wave=wave, is_remembered=True)


def _row(key: VersionKey, **more: object) -> dict[str, object]:
    return {"model": key[0], "version": key[1], **more}


def _longer(duration: float | None, seconds: float) -> float | None:
    return None if duration is None else duration + seconds


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
