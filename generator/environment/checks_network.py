"""Checks of `serving.networkPolicy` beyond its schema: what Kubernetes refuses to apply."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.environment.findings import Refused
from generator.environment.serving import Json, NetworkPolicy
from generator.environment.yaml_document import KeyPath

_WITH_VALUES = ("In", "NotIn")


def problems(policy: NetworkPolicy) -> Iterator[Refused]:
    """Yield what Kubernetes would refuse, and with it everything that is applied beside it.

    Paths are below `spec.serving.networkPolicy`.
    """
    yield from _peers(("from",), policy.clients)
    for number, rule in enumerate(policy.egress or ()):
        yield from _peers(("egress", number, "to"), rule.get("to", ()))
        for index, port in enumerate(rule.get("ports", ())):
            for key, problem in _port(port):
                yield ("egress", number, "ports", index, key), problem


def _port(port: Json) -> Iterator[tuple[str, str]]:
    first, last = port.get("port"), port.get("endPort")
    if last is None:
        return
    if not isinstance(first, int):
        yield "endPort", f"{last} needs a `port` before it that is a number"
    elif last < first:
        yield "endPort", f"{last} is before the port {first}"


def _peers(at: KeyPath, peers: Sequence[Json]) -> Iterator[Refused]:
    for number, peer in enumerate(peers):
        path = (*at, number)
        for key in ("podSelector", "namespaceSelector"):
            yield from _selector((*path, key), peer.get(key, {}))
        if (block := peer.get("ipBlock")) is not None:
            if len(peer) > 1:
                yield (*path, "ipBlock"), "it stands alone in its peer: make two of it"
            yield from _block((*path, "ipBlock"), block)


def _selector(at: KeyPath, selector: Json) -> Iterator[Refused]:
    for number, wanted in enumerate(selector.get("matchExpressions", ())):
        path, operator = (*at, "matchExpressions", number), wanted["operator"]
        if operator in _WITH_VALUES and not wanted.get("values"):
            yield (*path, "operator"), f"{operator} needs `values`"
        if operator not in _WITH_VALUES and wanted.get("values"):
            yield (*path, "values"), f"{operator} takes no `values`"


def _block(at: KeyPath, block: Mapping[str, Any]) -> Iterator[Refused]:
    outer = _network(block["cidr"])
    if outer is None:
        yield (*at, "cidr"), f"{block['cidr']!r} is not a range of addresses, such as 10.0.0.0/8"
    for number, text in enumerate(block.get("except", ())):
        inner = _network(text)
        if inner is None or (outer is not None and not _is_within(inner, outer)):
            problem = f"{text!r} is not a range within {block['cidr']!r}"
            yield (*at, "except", number), problem


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> _Network | None:
    """Return the addresses of a range; a single one has its `/32` too, as Kubernetes wants it."""
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def _is_within(inner: _Network, outer: _Network) -> bool:
    """Whether *inner* is a part of *outer*, and not all of it."""
    return (
        inner.version == outer.version
        and inner.prefixlen > outer.prefixlen
        and inner.network_address in outer
    )
