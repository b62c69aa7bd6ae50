"""Wedges: states in which only a person or a restart can help a server."""

from typing import TYPE_CHECKING

from generator.simulated_server.config import OK, Kind, RefusedError
from generator.simulated_server.loading import State
from generator.simulated_server.source import MissingPathError
from generator.simulated_server.wait import Wait

if TYPE_CHECKING:
    from generator.simulated_server.server import Server

_UNDER_WAY = {State.START, State.LOADING}


def wedge(server: "Server") -> str | None:
    """Return why *server* does not get to what its file says, whatever time passes.

    That is: the process has ended; a start or the poll thread waits for what will not come;
    the file that it reads now is refused, and will be; or what the file asks for is postponed
    for ever although the reload was ok. None while something under way may end it.
    """
    if server.exited:
        return f"the process has ended: {server.exited}"
    return _hangs(server) or _refused(server) or _postponed(server)


def missing_path(server: "Server") -> str | None:
    """Return the model whose missing base path keeps the server from seeing any new version."""
    try:
        server.source.discover()
    except MissingPathError as error:
        return str(error)
    return None


def _coming(server: "Server", model: str) -> set[int]:
    """Return the versions of *model* that are being loaded, or will be found and asked for."""
    managed = {one.version: one for one in server.manager.of(model)}
    asked = set(server.manager.pending.get(model, {}))
    if server.source.due is not None and missing_path(server) is None:
        asked |= server.source.discover().get(model, {}).keys()
    loading = {one.version for one in managed.values() if one.wanted and one.state in _UNDER_WAY}
    return loading | (asked - managed.keys())


def _hangs(server: "Server") -> str | None:
    if server.wait is None:
        return None
    for model in sorted(server.wait.missing()):
        if not _coming(server, model):
            who = "the poll thread" if server.listening else "the start"
            return f"{who} waits for model {model!r}"
    return None


def _refused(server: "Server") -> str | None:
    verdict = server.last_reload
    waits = server.wait is not None and server.wait.missing()
    if verdict is None or verdict == OK or waits or server.read != server.file:
        return None
    if verdict.kind is Kind.LABEL:
        model, _, version = verdict.about.rpartition("/")
        available = server.available_of(model)
        if int(version) in available | _coming(server, model):
            return None
    if verdict.kind is Kind.NOT_AVAILABLE:
        # The error of a new model that does not load is logged once; the next poll says ok.
        names = frozenset(model.name for model in server.config.models)
        now = Wait(names, server.manager.states, server.rules)
        if server.source_is_kept or now.verdict() == OK:
            return None
    try:
        _ = [model.platform for model in server.config.models]
    except RefusedError:
        return f"every file is refused: {verdict}"
    return f"the file is refused: {verdict}"


def _postponed(server: "Server") -> str | None:
    for model in sorted(server.manager.pending):
        wanted = [one.state for one in server.manager.of(model) if one.wanted]
        # With nothing wanted, or with one that serves, what is on its way out goes.
        if not wanted or State.AVAILABLE in wanted or _UNDER_WAY & set(wanted):
            continue
        if leaving := server.manager.postponed(model):
            return f"model {model!r} waits for version {leaving[0].version} to go, and it stays"
    return None
