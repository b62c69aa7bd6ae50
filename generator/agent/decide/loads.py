"""Loads observed: the history of loads after the server was asked, version by version."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from msgspec.structs import replace

from generator.agent.decide.config import Content
from generator.agent.decide.failures import CRASHED, Failure
from generator.agent.decide.load_history import Down, LoadHistory, Refused, Reported
from generator.agent.decide.probed import NOBODY_ASKS, Probed
from generator.serving.agent_state import PROBE_ERROR
from generator.serving.reported import LoadState, ServerModel, Unanswered
from generator.serving.state import VersionKey

T = TypeVar("T")


def observe(
    history: LoadHistory,
    named: frozenset[VersionKey],
    reported: Reported,
    contents: Mapping[VersionKey, Content],
    now: float,
    probed: Probed = NOBODY_ASKS,
    on_trial: AbstractSet[VersionKey] = frozenset(),
) -> LoadHistory:
    """Return what is known after the server, whose config names *named*, was asked.

    What is *on_trial* answers and is not proven yet: it counts as loaded later (see `wave`).
    """
    if isinstance(reported, Down):
        is_ended = isinstance(reported, Refused)
        return _without_server(history, named, contents, now, is_ended=is_ended)
    if isinstance(reported, Unanswered):
        return history
    known = replace(
        history,
        loaded=history.loaded & named,
        again={key: it for key, it in history.again.items() if key in named},
        down_since=None,
        has_answered=True,
        is_recalled=False,
    )
    good: set[VersionKey] = set()
    for key in sorted(named):
        model = reported.get(key[0])
        found = model.versions.get(key[1]) if isinstance(model, ServerModel) else None
        if found is None:
            continue
        if found.state is LoadState.AVAILABLE:
            is_on_trial = key in on_trial
            if known.is_plainly_good(key, probed) and not is_on_trial:
                good.add(key)
                continue
            known = _answering(known, key, contents.get(key), now, probed, is_on_trial=is_on_trial)
        elif not found.is_failed:
            known = replace(known, again=_less(known.again, key))
        elif known.failed(key, contents.get(key), now):
            continue
        elif not _is_old(known, key, found.error, now):
            known = _failed(known, key, found.error, contents.get(key), now)
    return replace(known, loaded=known.loaded | good) if good - known.loaded else known


def _without_server(
    history: LoadHistory,
    named: frozenset[VersionKey],
    contents: Mapping[VersionKey, Content],
    now: float,
    *,
    is_ended: bool,
) -> LoadHistory:
    since = now if history.down_since is None else history.down_since
    known = replace(history, has_answered=False, is_recalled=False, down_since=since)
    if is_ended:  # and has forgotten what failed before
        known = replace(known, again={})
    on_trial = named - history.loaded
    if history.is_recalled:  # whether one of them ended the server, nobody saw
        return replace(known, suspects=history.suspects | on_trial)
    if not history.has_answered or not on_trial:
        return known
    if len(on_trial) > 1:
        return replace(known, suspects=history.suspects | on_trial)
    (alone,) = on_trial
    failed = _failed(known, alone, CRASHED, contents.get(alone), now)
    return replace(failed, suspects=known.suspects | on_trial)


def _answering(
    known: LoadHistory,
    key: VersionKey,
    content: Content | None,
    now: float,
    probed: Probed,
    *,
    is_on_trial: bool,
) -> LoadHistory:
    """Return what is known of a version that is AVAILABLE.

    What has once answered well here is not on trial again.
    """
    failure = known.failures.get(key)
    if failure is not None and failure.is_probe and known.failed(key, content, now):
        return known  # it is being taken out
    if key in known.loaded or probed.is_proven(key):
        return known if is_on_trial else _good(known, key)
    wrong = probed.wrong(key)
    if wrong is None:
        return known
    return _failed(known, key, f"{PROBE_ERROR}{wrong}", content, now)


def _good(known: LoadHistory, key: VersionKey) -> LoadHistory:
    return replace(
        known,
        loaded=known.loaded | {key},
        failures=_less(known.failures, key),
        again=_less(known.again, key),
        suspects=known.suspects - {key},
    )


def _failed(
    known: LoadHistory,
    key: VersionKey,
    error: str,
    content: Content | None,
    now: float,
) -> LoadHistory:
    failure = Failure.next(known.failures.get(key), error, content, now, known.pauses)
    return replace(
        known,
        loaded=known.loaded - {key},
        failures={**known.failures, key: failure},
        again=_less(known.again, key),
        suspects=known.suspects - {key},
    )


def _is_old(known: LoadHistory, key: VersionKey, error: str, now: float) -> bool:
    """Whether an error is that of the trial before, as far as anybody can tell."""
    if key not in known.again:
        return False
    since, before = known.again[key]
    return error == before and now - since < known.pauses.grace


def _less(known: Mapping[VersionKey, T], key: VersionKey) -> dict[VersionKey, T]:
    return {other: value for other, value in known.items() if other != key}
