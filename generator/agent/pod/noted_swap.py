"""The swaps of a pod as its checkpoint has them: an agent that starts anew goes on with them."""

from typing import Any

from generator.agent.decide.swap.pauses import Pause
from generator.agent.decide.swap.swap import Swap, Swapped
from generator.agent.decide.turn import Go
from generator.catalog.version_json import Count, VersionLine, to_json
from generator.lock.lock import ServedModel
from generator.serving.wave_state import Leave
from generator.text.typed_json import Written


class _Swapped(Written, frozen=True):
    base_path: str
    platform: str
    lines: tuple[VersionLine, ...]
    labels: dict[str, Count]
    coming: tuple[tuple[Count, str], ...] = ()
    begun: tuple[tuple[Count, str, bool], ...] = ()
    doubts: tuple[tuple[Count, int], ...] = ()
    is_back: bool = False


class SwapForm(Written, frozen=True):
    """The swaps of a pod, as they are written."""

    leave: Leave = Leave.NO
    of: tuple[tuple[str, _Swapped], ...] = ()
    pauses: tuple[tuple[str, Count, str, Count], ...] = ()


def swap(found: SwapForm) -> Swap:
    """Return the swaps that *found* tells of.

    Raises:
        ValueError: There are none such.
    """
    return Swap(
        leave=found.leave,
        of={name: _swapped(name, it) for name, it in found.of},
        pauses={(name, it): Pause(digest, times) for name, it, digest, times in found.pauses},
    )


def _swapped(name: str, found: _Swapped) -> Swapped:
    versions = tuple(line.of(found.base_path) for line in found.lines)
    labels = tuple(sorted(found.labels.items()))
    return Swapped(
        ServedModel(name, found.base_path, versions, labels, platform=found.platform),
        coming={(name, number): digest for number, digest in found.coming},
        begun={(name, number): Go(digest, leads) for number, digest, leads in found.begun},
        doubts={(name, number): attempts for number, attempts in found.doubts},
        is_back=found.is_back,
    )


def json(swap: Swap) -> dict[str, Any]:
    """Return *swap* as JSON, which is read as a `SwapForm`."""
    return {
        "leave": swap.leave.value,
        "of": [[name, _swapped_json(it)] for name, it in sorted(swap.of.items())],
        "pauses": [[*key, it.digest, it.times] for key, it in sorted(swap.pauses.items())],
    }


def _swapped_json(it: Swapped) -> dict[str, Any]:
    return {
        "basePath": it.before.base_path,
        "platform": it.before.platform,
        "lines": [to_json(version) for version in it.before.versions],
        "labels": dict(it.before.labels),
        "coming": [[key[1], digest] for key, digest in sorted(it.coming.items())],
        "begun": [[key[1], go.digest, go.leads] for key, go in sorted(it.begun.items())],
        "doubts": [[key[1], attempts] for key, attempts in sorted(it.doubts.items())],
        "isBack": it.is_back,
    }
