"""The next entries of models in the config of a server, and what each of them waits for.

A version is named when nothing blocks it; a model keeps what it serves meanwhile, and what others
rely on until that is loaded under another name.
"""

from collections.abc import Collection, Mapping

from msgspec import Struct

from generator.agent.decide.config import Config, Entry
from generator.agent.decide.leads import Leads
from generator.agent.decide.observation import Observation
from generator.agent.decide.reasons import Reasons, obstacle
from generator.agent.decide.swap.decided import named_of
from generator.serving.reported import ServerModel, Unanswered
from generator.serving.state import ModelState, VersionKey


class NextEntry(Struct, frozen=True):
    """The next entry of one model."""

    entry: Entry | None
    """None: the config has none."""
    why: str | None = None
    """The words for what the model waits for; None where it is as it is wanted."""


class NextEntries(Struct, frozen=True):
    """The next entries of the models of one pod, of which some are *wanted*."""

    wanted: Config
    reported: Mapping[str, ServerModel | Unanswered]
    goes: Collection[VersionKey]
    """The versions that the pod lets go of, for there is no room beside them."""
    reasons: Reasons

    def of(self, name: str, now: Entry | None, step: ModelState | None) -> NextEntry:
        """Return the next entry of a model that has the entry *now*; *step* is that of Git."""
        model, wanted = self.reported.get(name), self.wanted.get(name)
        if isinstance(model, Unanswered):
            return NextEntry(now, f"the server does not tell of it: {model}")
        if wanted is None:
            return NextEntry(now if self._is_renamed(now) else None)
        if now is not None and (goes := named_of(self.goes, name)):
            left = self._leads.without(name, now, goes)
            return NextEntry(left, self.reasons.of(name, now, wanted) or None)
        why = obstacle(self._pod, name, now, wanted)
        if why or step is None:
            return NextEntry(now, why)
        if now is not None and now.base_path != wanted.base_path:
            return self._moved(name, now, wanted)
        entry = self._stepped(name, now, wanted, step)
        return NextEntry(entry, self.reasons.of(name, entry, wanted) or None)

    @property
    def _pod(self) -> Observation:
        return self.reasons.pod

    @property
    def _leads(self) -> Leads:
        return self.reasons.wave.leads

    def _stepped(
        self, name: str, now: Entry | None, wanted: Entry, step: ModelState
    ) -> Entry | None:
        """Return the entry after *step*, without what is blocked, and with what is on trial."""
        leads, serving = self._leads, self._pod.serving(name)
        if now is not None:
            kept = now.state.versions & leads.kept(name, wanted.state.versions)
            step = ModelState(step.versions | kept, step.labels)
        gone = {number for number in step.versions if (name, number) in self.reasons.blocked}
        if now is not None:
            over = leads.over(name, now.state, wanted.state.versions)
            gone |= over & serving  # one that loads may yet end the server
        entry = leads.without(name, Entry(wanted.base_path, wanted.platform, step), gone)
        if entry is None and now is not None and serving - gone:
            return now  # what it serves is in no config any more, and goes with the entry
        return entry

    def _moved(self, name: str, now: Entry, wanted: Entry) -> NextEntry:
        """Return the entry of a model that goes to another base path, with other numbers.

        An entry has one base path, so old and new cannot stand side by side: see `plan.git_steps`.
        Its labels come when the new versions are loaded.
        """
        if why := self.reasons.of_blocked(name, wanted):
            return NextEntry(now, why)
        moved = Entry(wanted.base_path, wanted.platform, ModelState(wanted.state.versions))
        return NextEntry(moved, "it moves to another base path")

    def _is_renamed(self, now: Entry | None) -> bool:
        """Whether a model that goes has to stay until it is loaded under its new name."""
        return now is not None and any(
            entry.base_path == now.base_path and not entry.state.versions <= self._pod.serving(name)
            for name, entry in self.wanted.items()
        )
