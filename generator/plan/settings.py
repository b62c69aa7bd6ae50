"""Settings of an environment that differ from what was committed: values only."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Effect(StrEnum):
    """The effect of a change on running pods, from the mildest to the hardest."""

    NONE = "none"
    """No pod notices it."""
    HOT_RELOAD = "hot-reload"
    """Servers read it by themselves."""
    SCALE = "scale"
    """Pods come or go; those that stay run on."""
    RESTART = "restart"
    """Every pod is replaced by a new one."""
    OUTAGE = "outage"
    """Every pod goes before a new one answers where clients look for it."""

    @classmethod
    def hardest(cls, effects: Iterable["Effect"]) -> "Effect":
        """Return the hardest of *effects*; none of none."""
        return max(effects, key=[*cls].index, default=cls.NONE)


class Setting(Struct, frozen=True):
    """One key of an environment before and after: `serving.image`, `serving.flags.NAME`."""

    key: str
    """The path of the key below `spec`, joined by dots."""
    before: object | None
    """The committed value, as plain data of JSON; None where there was none."""
    after: object | None
    place: str
    """`environments/dev.yaml:14`: the line that sets it; of one that went, what is around it."""
    inherited: bool
    """Whether *place* is in a file that the environment extends."""
    effect: Effect
