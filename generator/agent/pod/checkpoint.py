"""The checkpoint that an agent leaves for the one that starts after it in the same pod.

It lies beside the server's config, so that no restart of a container forgets it: a fresh pod has
neither.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from generator.agent.decide.config import Content
from generator.agent.decide.failures import Paused
from generator.agent.decide.kept import KeptVersions
from generator.agent.decide.leads import Lead, Leads
from generator.agent.decide.proven import Proven
from generator.agent.decide.wave import Wave
from generator.agent.decide.yielding import Yielding
from generator.agent.pod import noted_swap
from generator.agent.pod.noted_swap import SwapForm
from generator.catalog.version_json import VersionLine, to_json
from generator.serving.state import ModelState, State, VersionKey
from generator.serving.wave_state import Refusal
from generator.text.typed_json import Form, Written

Number = Annotated[int, Meta(ge=0)]


class _Model(Written, frozen=True):
    versions: frozenset[Number]
    labels: dict[str, Number]


class _Wave(Written, frozen=True):
    leads: tuple[tuple[str, Number, str, _Model], ...] = ()
    refused: tuple[tuple[str, Number, str, str, str, str], ...] = ()
    tried: tuple[tuple[str, Number, str], ...] = ()
    proven: tuple[tuple[str, Number, str], ...] = ()
    told: tuple[tuple[str, Number, str], ...] = ()
    peers: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, str, str, VersionLine], ...] = ()
    swap: SwapForm = SwapForm()
    yields: bool = False


class _File(Written, frozen=True):
    good: dict[str, _Model] | None
    loaded: frozenset[tuple[str, Number]] | None
    again: tuple[tuple[str, Number, str], ...] = ()
    failed: tuple[tuple[str, Number, str, str, Number], ...] = ()
    wave: _Wave = _Wave()


_FORM = Form(_File)


class Checkpoint(Struct, frozen=True):
    """The knowledge of an agent that outlives it."""

    good: State | None = None
    """The last good state (see `readiness`); None if the pod was never ready."""
    loaded: frozenset[VersionKey] | None = None
    """The versions that have loaded (see `load_history`); None if no agent was here."""
    again: Mapping[VersionKey, str] = field(default_factory=dict)
    """The versions that are tried again, and the error that the server told of each before."""
    failed: Mapping[VersionKey, Paused] = field(default_factory=dict)
    """The versions that failed, and how often: they are tried again after a pause."""
    wave: Wave = field(default_factory=Wave)
    """The part of the waves that outlives an agent: see `Wave.lasting`."""

    @classmethod
    def parse(cls, written: str) -> "Checkpoint":
        """Return the checkpoint whose `text` this is; an empty one if it is of none."""
        try:
            found = _FORM.decode(written)
            wave = _wave(found.wave)
        except ValueError:
            return cls()
        good = found.good
        return cls(
            None if good is None else {name: _state(model) for name, model in good.items()},
            found.loaded,
            {(name, number): error for name, number, error in found.again},
            {
                (name, number): Paused(digest, error, attempts)
                for name, number, digest, error, attempts in found.failed
            },
            wave,
        )

    @property
    def text(self) -> str:
        """The content of its file."""
        good = None if self.good is None else {name: it.json for name, it in self.good.items()}
        loaded = None if self.loaded is None else sorted(self.loaded)
        again = [[name, number, error] for (name, number), error in sorted(self.again.items())]
        failed = [
            [*key, it.digest, it.error, it.attempts] for key, it in sorted(self.failed.items())
        ]
        row = {"good": good, "loaded": loaded, "again": again, "failed": failed}
        row["wave"] = _wave_json(self.wave)
        return f"{json.dumps(row, sort_keys=True)}\n"


def _wave(found: _Wave) -> Wave:
    return Wave(
        leads=Leads({(name, it): Lead(digest, _state(of)) for name, it, digest, of in found.leads}),
        refused={
            (name, number): Refusal(digest, pod, why, template)
            for name, number, digest, pod, why, template in found.refused
        },
        tried={(name, number): digest for name, number, digest in found.tried},
        proven=Proven(
            {(name, number): digest for name, number, digest in found.proven},
            {(name, number): digest for name, number, digest in found.told},
        ),
        addresses=dict(found.peers),
        kept=KeptVersions(
            {
                (name, line.version): Content(base_path, platform, line.of(base_path))
                for name, base_path, platform, line in found.kept
            }
        ),
        swap=noted_swap.swap(found.swap),
        yielding=Yielding(is_recalled=found.yields),
    )


def _wave_json(wave: Wave) -> dict[str, Any]:
    return {
        "leads": [[*key, it.digest, it.before.json] for key, it in sorted(wave.leads.of.items())],
        "refused": [
            [*key, it.digest, it.pod, it.why, it.template]
            for key, it in sorted(wave.refused.items())
        ],
        "tried": [[*key, digest] for key, digest in sorted(wave.tried.items())],
        "proven": [[*key, digest] for key, digest in wave.proven.here.items()],
        "told": [[*key, digest] for key, digest in wave.proven.elsewhere.items()],
        "peers": sorted(wave.addresses.items()),
        "kept": [
            [key[0], it.base_path, it.platform, to_json(it.version)]
            for key, it in sorted(wave.kept.of.items())
        ],
        "swap": noted_swap.json(wave.swap),
        "yields": wave.yielding.is_behind,
    }


def _state(model: _Model) -> ModelState:
    return ModelState(model.versions, tuple(sorted(model.labels.items())))
