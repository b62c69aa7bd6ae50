"""The part of the server that loads and unloads versions, so that one is always there."""

from collections.abc import Collection, Iterable

from generator.simulated_server.loading import Loader, LoadError, Servable, State
from generator.simulated_server.rules import Rule
from generator.simulated_server.source import Found

TURN = 100  # ms between two turns of the manager
States = dict[str, dict[int, State]]


class Manager:
    """Keeps what is wanted loaded.

    `reports` is all that it reported of versions, with the second, `states` the last of each,
    ended versions too, and `errors` with what their loads ended that did not end well.
    `draining` holds new loads back until those under way have ended.

    A turn looks only at the models of which something changed since the last one.
    """

    def __init__(self, loader: Loader, rules: Collection[Rule]) -> None:
        self.loader = loader
        self.servables: dict[str, dict[int, Servable]] = {}
        self.pending: dict[str, Found] = {}
        self.states: States = {}
        self.errors: dict[tuple[str, int], LoadError] = {}
        self.listeners: list[States] = [self.states]
        self.reports: list[tuple[float, str, int, State]] = []
        self.draining = False
        self.rules = rules
        self._last_turn = 0
        self._changed: int | None = None
        self._unforgotten: set[str] = set()
        self._undecided: set[str] = set()
        self._loads: dict[str, Servable] = {}
        self._unloads: dict[str, Servable] = {}

    @property
    def due(self) -> int | None:
        """When the next turn is; None if a load blocks it, or it would find nothing to do."""
        if self._changed is None or self.loader.blocked:
            return None
        late = self._changed - self._last_turn
        return self._last_turn + TURN * max(1, -(-late // TURN))

    def of(self, model: str) -> list[Servable]:
        """Return the versions of *model* under management, lowest first."""
        return sorted(self.servables.get(model, {}).values(), key=lambda one: one.version)

    def request(self, wanted: dict[str, Found], now: int) -> None:
        """Note which versions of each model are wanted; the next turn looks at the last note."""
        for model, found in wanted.items():
            known = {one.version for one in self.of(model) if one.wanted}
            if model in self.pending or known != set(found) or self._retries_ended(model):
                self.pending[model] = found
                self._changed = now

    def advance(self, now: int) -> None:
        """Let loads go on to *now*."""
        blocked = self.loader.blocked
        for servable, state in self.loader.advance(now):
            self._report(servable, state, now)
            self._changed = now
            self._touch(servable.model)
        if blocked and not self.loader.blocked and now - self._last_turn > TURN:
            # The turn that was held up has ended, so the next one follows at once.
            self._last_turn = now - TURN

    def turn(self, now: int) -> None:
        """Forget what is gone, take requests in, and begin at most one load or unload."""
        self._last_turn = now
        changed = self._forget() + self._take_requests(now)
        while action := self._next_action():
            changed += 1
            if action.wanted:
                self.loader.add(action)
                self._touch(action.model)
                self.advance(now)
            else:
                self._unload(action, now)
            if Rule.LOADS_ARE_PACED in self.rules or self.loader.blocked:
                break
        self._changed = now if changed else None

    def _report(self, servable: Servable, state: State, now: int) -> None:
        key = servable.model, servable.version
        self.reports.append((now / 1000, *key, state))
        for states in self.listeners:
            states.setdefault(servable.model, {})[servable.version] = state
        self.errors.pop(key, None)
        if servable.error:
            self.errors[key] = servable.error

    def _retries_ended(self, model: str) -> bool:
        return Rule.ENDED_STAYS_ENDED not in self.rules and any(
            servable.state is State.END for servable in self.of(model)
        )

    def _touch(self, model: str) -> None:
        """Note that something of *model* has changed: it is looked at in the next turn."""
        self._unforgotten.add(model)
        self._undecided.add(model)

    def _forget(self) -> int:
        gone = [
            one
            for model in self._unforgotten
            for one in self.of(model)
            if (one.state is State.END and (not one.wanted or self._retries_ended(model)))
            or (one.state is State.START and not one.wanted and not one.queued)
        ]
        self._unforgotten.clear()
        for one in gone:
            del self.servables[one.model][one.version]
            self._undecided.add(one.model)
        return len(gone)

    def _take_requests(self, now: int) -> int:
        taken = [model for model in sorted(self.pending) if not self.postponed(model)]
        for model in taken:
            found = self.pending.pop(model)
            self._touch(model)
            for servable in self.of(model):
                servable.wanted = servable.version in found
                if not servable.wanted:
                    self.loader.cancel(servable, now)
            for version in sorted(found):
                managed = self.servables.setdefault(model, {})
                if version not in managed:
                    managed[version] = Servable(model, version, found[version])
                    self._report(managed[version], State.START, now)
        return len(taken)

    def postponed(self, model: str) -> list[Servable]:
        """Return the versions on their way out for which a request of *model* has to wait."""
        if Rule.REWANTED_IS_POSTPONED not in self.rules:
            return []
        found = self.pending.get(model, {})
        return [one for one in self.of(model) if not one.wanted and one.version in found]

    def _next_action(self) -> Servable | None:
        """Return what to load, if it is wanted, or to unload, which goes before."""
        for model in self._undecided:
            self._loads.pop(model, None)
            self._unloads.pop(model, None)
            if action := self._action(self.of(model)):
                (self._loads if action.wanted else self._unloads)[model] = action
        self._undecided.clear()
        if self._unloads:
            return self._unloads[max(self._unloads)]
        return self._loads[max(self._loads)] if self._loads and not self.draining else None

    def _action(self, servables: list[Servable]) -> Servable | None:
        wanted = [one for one in servables if one.wanted]
        surplus = [one for one in servables if not one.wanted and one.state is State.AVAILABLE]
        ready = any(one.state is State.AVAILABLE for one in wanted)
        several = len(surplus) > 1 and Rule.SURPLUS_GOES_AT_ONCE in self.rules
        freely = Rule.ONE_VERSION_STAYS not in self.rules
        if surplus and (not wanted or ready or several or freely):
            return surplus[0]
        return _highest(one for one in wanted if one.state is State.START and not one.queued)

    def _unload(self, servable: Servable, now: int) -> None:
        self._report(servable, State.UNLOADING, now)
        servable.state = State.END
        self._report(servable, State.END, now)
        self._touch(servable.model)


def _highest(servables: Iterable[Servable]) -> Servable | None:
    return max(servables, key=lambda servable: servable.version, default=None)
