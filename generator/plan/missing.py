"""The facts that a decision lacks."""

from dataclasses import dataclass

from generator.catalog.catalog import Version
from generator.plan.question import Question
from generator.plan.wish import Wish


@dataclass(frozen=True, slots=True)
class MissingFacts:
    """Facts that a decision rests on, and that nobody has looked up yet."""

    wish: Wish
    """The wish that lacks them."""
    withdrawn: tuple[Version, ...] = ()
    """Served versions that no index proves: does the store still have theirs?"""
    kept_without_index: frozenset[str] = frozenset()
    """Of those, the paths of versions that stay while their objects do: pinned, or on hold."""
    unproven: tuple[Version, ...] = ()
    """Versions that only an earlier run proved: do their objects still prove them?"""
    unseen: tuple[Version, ...] = ()
    """Versions of which nobody knows whether the store hands them out."""
    uninspected: tuple[Question, ...] = ()
    """Whether servers can load a version, and whether it meets what its rule requires."""
    unread: tuple[Version, ...] = ()
    """Served versions that servers are to read in another way than now."""
    unasked: tuple[Question, ...] = ()
    """Served versions that agents are to ask otherwise than now: can they answer that at all?"""
    back: tuple[str, ...] = ()
    """Models of which a version failed in pods: what was served before it?"""
    past: bool = False
    """Whether changes that people took back on the branch are among them."""

    def __bool__(self) -> bool:
        return any(
            (
                *(self.withdrawn, self.unproven, self.unseen, self.uninspected, self.unread),
                *(self.back, self.past, self.unasked),
            )
        )
