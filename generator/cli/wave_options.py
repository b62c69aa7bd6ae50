"""The options of `agent` about waves: who the other pods are, and how it waits for them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from generator.cli import option_types
from generator.cli.option_group import grouped

if TYPE_CHECKING:
    from generator.agent.decide.rules import Margins
    from generator.agent.decide.wave import Wave
    from generator.agent.ports import Peers

_FIRST, _SOAK, _THEN, _TIMEOUT, _ON_TIMEOUT = "first", "soak", "then", "timeout", "onTimeout"
_WORDS = {_THEN: ("one-by-one", "all"), _ON_TIMEOUT: ("hold", "go")}
_MOST = 1000
_KNOWN = f"one each of {_FIRST}, {_SOAK}, {_THEN}, {_TIMEOUT} and {_ON_TIMEOUT}, as first=1"


class Rollout(Struct, frozen=True):
    """The value of `--rollout`."""

    first: int = 1
    soak: float = 120.0
    """Seconds."""
    then: str = "one-by-one"
    timeout: float = 1800.0
    """Seconds."""
    on_timeout: str = "hold"


def rollout(text: str) -> Rollout:
    """Return what `first=1,soak=2m,then=all,timeout=30m,onTimeout=go` says; each may be left out.

    Raises:
        click.BadParameter: It says something else.
    """
    found: dict[str, str] = {}
    for item in filter(None, text.split(",")):
        name, _, value = item.partition("=")
        if name not in {_FIRST, _SOAK, *_WORDS, _TIMEOUT} or name in found:
            raise click.BadParameter(f"{item!r}: expected {_KNOWN}")
        if name in _WORDS and value not in _WORDS[name]:
            raise click.BadParameter(f"{item!r}: expected {' or '.join(_WORDS[name])}")
        found[name] = value
    number = found.get(_FIRST, "1")
    if not (number.isascii() and number.isdecimal() and 0 < int(number) <= _MOST):
        raise click.BadParameter(f"first={number}: expected 1 to {_MOST}")
    default = Rollout()
    return Rollout(
        int(number),
        _seconds(found[_SOAK]) if _SOAK in found else default.soak,
        found.get(_THEN, default.then),
        option_types.duration(found[_TIMEOUT]) if _TIMEOUT in found else default.timeout,
        found.get(_ON_TIMEOUT, default.on_timeout),
    )


def _seconds(text: str) -> float:
    """Return the seconds of a duration, which may be none at all."""
    return 0.0 if text == "0s" else option_types.duration(text)


class WaveOptions(Struct, frozen=True):
    """The options that were given."""

    pod: str | None
    names: tuple[tuple[str, int], ...]
    rollout: Rollout
    template: str = ""
    memory: int | None = None
    """The bytes that models may take; None where nothing is swapped for want of room."""

    def wave(self, margins: "Margins") -> "Wave":
        """Return the waves that the agent makes: none without `--peers`.

        Raises:
            click.UsageError: There are peers, and no name for this pod.
        """
        from generator.agent.decide.rules import Rules
        from generator.agent.decide.swap.swap import Swap
        from generator.agent.decide.wave import Wave

        if not self.names:
            return Wave()
        if not self.pod:
            raise click.UsageError("--peers needs --pod: the others have to know this one")
        told = self.rollout
        goes_on = told.on_timeout == "go"
        one_by_one = told.then == "one-by-one"
        rules = Rules(told.first, told.soak, one_by_one, told.timeout, goes_on, margins)
        return Wave(self.pod, rules, self.template, swap=Swap(self.memory))

    def peers(
        self, margins: "Margins", heard: Mapping[str, str], clock: Callable[[], float]
    ) -> "Peers":
        """Return the other agents; *heard* are the addresses of those that were heard before."""
        from generator.agent.decide.roster import Roster
        from generator.agent.pod.peers import Neighbours
        from generator.agent.ports import Nobody

        if not self.names or not self.pod:
            return Nobody()
        roster = Roster.recalled(self.pod, heard, clock(), margins)
        return Neighbours(self.names, roster, clock)


wave_options = grouped(
    "waves",
    WaveOptions,
    click.option(
        "--pod",
        metavar="NAME",
        envvar="AGENT_POD",
        help="The name by which other pods know this one.  [env: AGENT_POD]",
    ),
    click.option(
        "--pod-template",
        "template",
        metavar="HASH",
        envvar="AGENT_POD_TEMPLATE",
        default="",
        help="What tells its template from others: with another image or other memory, a pod tries "
        "again what failed before.  [env: AGENT_POD_TEMPLATE]",
    ),
    click.option(
        "--peers",
        "names",
        metavar="HOST:PORT",
        multiple=True,
        envvar="AGENT_PEERS",
        type=option_types.address,
        help="Where the agents of all pods are: a name with all their addresses, or one of them; "
        "again for each. Without it, new versions come at once.  [env: AGENT_PEERS]",
    ),
    click.option(
        "--rollout",
        metavar="RULES",
        envvar="AGENT_ROLLOUT",
        default="",
        type=rollout,
        help="How pods take a new version one after another, as serving.rollout has it: "
        "first=1,soak=2m,then=one-by-one,timeout=30m,onTimeout=hold.  [env: AGENT_ROLLOUT]",
    ),
    click.option(
        "--memory",
        metavar="SIZE",
        type=option_types.size,
        help="What models may take in the pod, such as 16Gi. Where old and new do not fit "
        "together, the pod leaves the Service while those of --peers serve on, lets go of the old "
        "one, and comes back with the new one.",
    ),
)
"""Gives a command these options, as `waves`."""
