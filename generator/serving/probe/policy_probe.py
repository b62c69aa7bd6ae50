"""The probe of a policy: what it says that all versions of a model are asked, or that none is.

Its text travels in the lock. So it is JSON without blanks and with sorted keys: a file that is
only laid out in another way is the same probe.
"""

import json
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from generator.text.digest import digest

if TYPE_CHECKING:
    from generator.serving.probe.probe import Probe

_OFF = "off"
_SHOWN = 12


class PolicyProbe(Struct, frozen=True):
    """A probe by its digest and its text, or that nothing is asked: neither a warm-up record."""

    name: str
    """The digest of the text; `off` where nothing is asked."""
    text: str = ""
    """Empty where nothing is asked, or where nobody has the text any more."""

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Return the probe that a file says.

        Raises:
            ValueError: It says none; the text has every problem, in words.
        """
        from generator.serving.probe import probe  # noqa: PLC0415  few policies say one

        probe.parse(text)
        found = probe.load(text)
        said = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return cls(digest(said), said)

    @classmethod
    def of(cls, name: str, text: str) -> Self:
        """Return the probe called *name*; one without a text where *text* is not that of it."""
        return cls(name, text if digest(text) == name else "")

    @property
    def is_off(self) -> bool:
        """Whether nothing is asked."""
        return self.name == _OFF

    @property
    def is_lost(self) -> bool:
        """Whether something is to be asked, and nobody has the text: people merge locks."""
        return not (self.is_off or self.text)

    @property
    def state(self) -> tuple[str, bool]:
        """The part that an agent would notice."""
        return self.name, self.is_lost

    @property
    def short(self) -> str:
        """The name for people: the first characters of a digest."""
        return self.name.removeprefix("sha256:")[:_SHOWN]

    @property
    def probe(self) -> "Probe":
        """The request, and what is expected of it.

        Raises:
            ValueError: The text says none.
        """
        from generator.serving.probe import probe  # noqa: PLC0415  likewise

        return probe.parse(self.text)


OFF = PolicyProbe(_OFF)
"""The probe of a policy that has nothing asked."""
