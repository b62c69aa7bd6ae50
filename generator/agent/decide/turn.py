"""The turn of a pod with a version that is new to its environment: it goes, waits or refuses.

`taking_turns` says which of them it is.
"""

from msgspec import Struct

from generator.serving.wave_state import Refusal

NOBODY = ""
"""The name of the pod that is waited for where it is not known who is there."""


class Go(Struct, frozen=True):
    """The pod may name the version."""

    digest: str
    """Of its objects."""
    leads: bool = False
    """Whether it is one of the first: there the version has to answer for the soak."""


class Wait(Struct, frozen=True):
    """The pod waits for another one."""

    pod: str
    why: str
    is_doubt: bool = False
    """Whether that pod's server ended with the version on trial: nobody goes on without it."""


Turn = Go | Wait | Refusal
