"""One reload, in the order of the real code, with what it leaves behind."""

from collections.abc import Callable, Iterator
from typing import Protocol

from generator.simulated_server.config import (
    OK,
    Config,
    Kind,
    RefusedError,
    Verdict,
    check_names,
    check_paths,
    check_platforms,
    check_routes,
)
from generator.simulated_server.flags import Flags
from generator.simulated_server.loading import State
from generator.simulated_server.manager import Manager, States
from generator.simulated_server.rules import Rule
from generator.simulated_server.source import Source
from generator.simulated_server.store import Store
from generator.simulated_server.wait import Wait

Labels = dict[tuple[str, str], int]
# A reload that has to wait yields the condition, and goes on when it holds.
Steps = Iterator[Callable[[], bool]]


class Process(Protocol):
    """The server that reloads: what a reload reads of it, and leaves behind in it."""

    flags: Flags
    rules: frozenset[Rule]
    now: int
    store: Store
    config: Config
    labels: Labels
    source: Source
    source_is_kept: bool
    wait: Wait | None
    wake: int
    manager: Manager

    def states_of(self, model: str) -> dict[int, State]:
        """Return the last state of each version of *model* that was ever reported."""

    def look(self) -> None:
        """Look into the store if it is time, and hand on what was found."""


def reload(server: Process, config: Config) -> Steps:
    """Apply *config*, step by step.

    Raises:
        RefusedError: A step failed. What the steps before it did, stays.
    """
    _check(server, config)
    if not config.form:
        return
    if Rule.CONFIG_IS_KEPT_EARLY in server.rules:
        server.config = config
    labels, refused = _labels(server, config)
    if refused and Rule.LABELS_COME_FIRST in server.rules:
        raise refused
    if not refused and Rule.LABELS_MOVE_EARLY in server.rules:
        server.labels = labels
    if Rule.PLATFORM_IS_KNOWN in server.rules:
        check_routes(config.models)
    if server.source_is_kept:
        yield from _next_list(server, config)
    else:
        yield from _first_list(server, config)
    server.config = config
    if refused:
        raise refused
    server.labels = labels
    for model in config.models:
        if model.logging and Rule.LOGGING_IS_REFUSED in server.rules:
            raise RefusedError(Kind.LOGGING)


def _check(server: Process, config: Config) -> None:
    """Raise RefusedError before anything is changed."""
    rules = server.rules
    is_list = config.form == "model_config_list"
    if server.config.form and not is_list and Rule.LIST_STAYS_A_LIST in rules:
        raise RefusedError(Kind.TRANSITION)
    if not config.form and Rule.EMPTY_FILE_STARTS not in rules:
        raise RefusedError(Kind.TRANSITION)
    if config.form and not is_list and Rule.CUSTOM_CONFIG_CRASHES in rules:
        raise RefusedError(Kind.CRASH)
    if Rule.NAMES_ARE_UNIQUE in rules:
        check_names(config.models)
    if Rule.PATHS_ARE_ABSOLUTE in rules:
        check_paths(config.models)
    if Rule.PLATFORM_IS_FIXED in rules:
        check_platforms(server.config, config)


def _labels(server: Process, config: Config) -> tuple[Labels, RefusedError | None]:
    """Return the labels of *config*, and the refusal of the first that may not be set."""
    labels = {
        (model.name, label): version for model in config.models for label, version in model.labels
    }
    for key, version in labels.items():
        if not _may_point(server, key, version):
            return labels, RefusedError(Kind.LABEL, f"{key[0]}/{version}")
    return labels, None


def _may_point(server: Process, label: tuple[str, str], version: int) -> bool:
    if Rule.LABELS_MUST_BE_AVAILABLE not in server.rules:
        return True
    if server.states_of(label[0]).get(version) is State.AVAILABLE:
        return True
    # A label that exists may stay where it dangles, but not move to where it would dangle.
    new_or_same = server.labels.get(label, version) == version
    flag = server.flags.allow_version_labels_for_unavailable_models
    return flag and new_or_same and Rule.NEW_LABELS_MAY_DANGLE in server.rules


def _next_list(server: Process, config: Config) -> Steps:
    """Let the source look for other models, and wait for those that are new."""
    source = server.source
    listed = {model.name: model for model in config.models}
    wait = Wait(frozenset(listed.keys() - source.models.keys()), _hear(server), server.rules)
    gone = source.models.keys() - listed.keys()
    if Rule.REMOVED_MODELS_GO_AT_ONCE in server.rules:
        server.manager.request({name: {} for name in gone}, server.now)
    else:
        source.gone = (source.gone | gone) - listed.keys()
    source.models = listed
    if Rule.NEW_MODELS_ARE_AWAITED in server.rules:
        server.wait = wait
        yield wait.over
        _raise_unless_ok(wait.verdict())


def _hear(server: Process) -> States:
    """Return what a reload that begins now will have heard of, as it comes in."""
    if Rule.ONLY_FRESH_EVENTS_COUNT not in server.rules:
        return server.manager.states
    heard: States = {}
    server.manager.listeners = [server.manager.states, heard]
    return heard


def _first_list(server: Process, config: Config) -> Steps:
    """Make a source, and keep it if all models of the list get loaded."""
    interval = round(1000 * server.flags.file_system_poll_wait_seconds)
    source = server.source = Source(server.store, interval, server.now, server.rules)
    source.models = {model.name: model for model in config.models}
    server.look()
    loader, manager = server.manager.loader, server.manager
    wait = Wait(frozenset(source.models), manager.states, server.rules)
    if Rule.START_IS_AWAITED in server.rules:
        loader.fast = True
        server.wait = wait
        yield wait.over
    verdict = wait.verdict()
    if Rule.POOL_IS_DRAINED in server.rules:
        manager.draining = True
        yield lambda: not loader.running
    loader.fast = manager.draining = False
    if verdict != OK and Rule.FAILED_FIRST_LIST_FORGETS in server.rules:
        # The thread that looks for versions ends only when it would have looked again.
        server.wake = source.stop()
        yield lambda: server.now >= server.wake
        raise RefusedError(verdict.kind, verdict.about)
    server.source_is_kept = True
    _raise_unless_ok(verdict)


def _raise_unless_ok(verdict: Verdict) -> None:
    if verdict != OK:
        raise RefusedError(verdict.kind, verdict.about)
