"""The part of the server that looks for versions in the store, and asks for them."""

from collections.abc import Collection, Mapping

from generator.simulated_server.config import Model
from generator.simulated_server.rules import Rule
from generator.simulated_server.store import Store, version_number

# The path of each version that a policy wants and the store has.
Found = dict[int, str]


class MissingPathError(Exception):
    """A base path is not there; its argument is the name of the model."""


def versions_of(model: Model, store: Store) -> Found:
    """Return the versions that the policy of *model* wants and the store has.

    Raises:
        MissingPathError: The base path is missing.
    """
    names = store.children(model.base_path)
    if names is None:
        raise MissingPathError(model.name)
    base = model.base_path.rstrip("/")
    # Of two names with one number, `001` and `1`, the last one counts, but for policy `all`.
    everything = model.latest is None and model.pins is None
    numbered: Found = {}
    for name in reversed(names) if everything else names:
        if (number := version_number(name)) is not None:
            numbered[number] = f"{base}/{name}"
    if model.latest is not None:
        return {number: numbered[number] for number in sorted(numbered)[-model.latest :]}
    if model.pins is not None:
        return {pin: numbered[pin] for pin in model.pins if pin in numbered}
    return numbered


class Source:
    """Looks into the store every `interval` milliseconds: 0 is once, less is never.

    `due` is when it looks next, or None. It asks by returning what each model should have,
    and nothing for the models that are `gone`.
    """

    def __init__(self, store: Store, interval: int, now: int, rules: Collection[Rule]) -> None:
        self.due: int | None = now if interval >= 0 else None
        self.models: Mapping[str, Model] = {}
        self.gone: set[str] = set()
        self._store = store
        self._interval = interval
        self.rules = rules

    def discover(self) -> dict[str, Found]:
        """Return what each listed model should have, as far as the store shows it.

        Raises:
            MissingPathError: One base path is missing, so nothing is known of any model.
        """
        wanted = {}
        for name, model in sorted(self.models.items()):
            try:
                found = versions_of(model, self._store)
            except MissingPathError:
                if Rule.MISSING_PATH_STOPS_DISCOVERY not in self.rules:
                    continue
                raise
            if found or Rule.NOTHING_FOUND_UNLOADS in self.rules:
                wanted[name] = found
        return wanted

    def poll(self, now: int) -> dict[str, Found]:
        """Look once, and return what to ask for: nothing at all if a base path is missing."""
        self.due = now + self._interval if self._interval > 0 else None
        try:
            wanted = self.discover()
        except MissingPathError:
            return {}
        wanted |= {name: {} for name in self.gone}
        self.gone.clear()
        return wanted

    def stop(self) -> int:
        """Look no more, and return when the thread that looked has ended: at its next turn."""
        end = self.due if self.due is not None else 0
        self.due = None
        return end
