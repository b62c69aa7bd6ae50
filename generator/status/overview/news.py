"""The news in a status: its JSON without what time alone changes."""

from typing import Any

from generator.catalog.hold import Code


def lasting(told: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of an environment without what another moment alone would tell otherwise.

    The time since an agent's last round passes; and a version that waits for an age from the
    next sync on waits until then anew in each moment without a sync.
    """
    servers = [server | {"agent": _agent(server["agent"])} for server in told["servers"]]
    held = told["held"] and [_hold(hold) for hold in told["held"]]
    return told | {"servers": servers, "held": held}


def _agent(agent: dict[str, Any] | None) -> dict[str, Any] | None:
    return agent and agent | {"pod": agent["pod"] and agent["pod"] | {"age": 0}}


def _hold(hold: dict[str, Any]) -> dict[str, Any]:
    return hold if hold["code"] != Code.WAITING else hold | {"due": None, "problems": []}
