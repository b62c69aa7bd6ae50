"""The ticks on the dashboard of one environment: whose they are, and what a sync does for them."""

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from generator.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.delivery.editors import Editors
    from generator.delivery.issue import Issue
    from generator.delivery.issue_ports import Issues
    from generator.delivery.outcome import Outcome
    from generator.lock.asked import Asked
    from generator.pipeline.run import Options
    from generator.plan.plan import Plan
    from generator.status.dashboard.boxes import Box


class Ticks(Struct, frozen=True):
    """The boxes that are ticked, and who may have done so."""

    boxes: "frozenset[Box]"
    editors: "Editors"

    @classmethod
    def read(cls, issues: "Issues", issue: "Issue | None") -> "Ticks | None":
        """Return the ticks on *issue*; None without any, of which nobody is asked.

        Raises:
            PublishError: The forge does not tell who edited it, or it has another text by now: who
                edited that may be others.
        """
        from generator.status.dashboard.boxes import ticked

        if issue is None or not (boxes := ticked(issue.body)):
            return None
        editors = issues.editors(issue)
        if issues.read(issue.number).body != issue.body:
            raise PublishError(
                f"{issue.url} was edited meanwhile: the next sync obeys what it says"
            )
        return cls(boxes, editors)

    @property
    def who(self) -> str:
        """The people who edited the issue."""
        return ", ".join(self.editors.names)

    @property
    def asked(self) -> "tuple[Asked, ...]":
        """The requests; none where nobody is obeyed."""
        if self.editors.unproven:
            return ()
        return tuple(it.asked(self.who) for it in sorted(self.boxes))

    def options(self, options: "Options") -> "Options":
        """Return *options* with what is asked for of models."""
        from generator.lock.asked import Kind

        asked = tuple(it for it in self.asked if it.kind is not Kind.ALLOW)
        return replace(options, asked=asked)

    def allowing(self, plan: "Plan", options: "Options") -> "Options | None":
        """Return *options* that allow just the removal of *plan*; None if nobody has asked."""
        from generator.status.dashboard.boxes import allowance

        box = allowance(plan)
        if self.editors.unproven or box is None or box not in self.boxes:
            return None
        return replace(options, asked=(*options.asked, box.asked(self.who)))

    def answers(self, outcome: "Outcome") -> "Iterator[str]":
        """Yield the answer to each tick, by the *outcome* of the sync."""
        from generator.status.dashboard.answer import answer, refusal

        for box in sorted(self.boxes):
            if self.editors.unproven:
                yield refusal(box, self.editors.unproven)
            else:
                yield answer(box, self.who, outcome)
