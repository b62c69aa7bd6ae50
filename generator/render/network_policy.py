"""The NetworkPolicy of an environment: who may reach its pods, and what they may reach.

base/ and components/agent have the usual one, and are a person's once they are scaffolded. So
nothing is said here of who may come in unless the environment says so: it would widen what a
person has narrowed there. What pods may reach depends on the store, and base/ does not know it.
"""

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from generator.environment.environment import Environment, Source
from generator.environment.serving import NetworkPolicy, ServerSpec
from generator.render.store_volume import Manifest
from generator.serving.agent_state import PORT

NAMESPACE = "kubernetes.io/metadata.name"
"""The label by which Kubernetes itself tells namespaces apart."""

MONITORING = {NAMESPACE: "monitoring"}
"""The labels of the namespace that collects metrics, as components/agent has them."""

_DNS: Manifest = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
_TO_AGENTS: Manifest = {"to": [{"podSelector": {}}], "ports": [{"port": PORT, "protocol": "TCP"}]}
_HTTPS = 443
_OF_A_SERVICE = 3  # labels: NAME.NAMESPACE.svc

_NODE_OF_AWS = ("169.254.170.23/32", "169.254.169.254/32")
"""EKS Pod Identity, and the role of the node."""

_NODE_OF_GOOGLE = ("169.254.169.254/32", "169.254.169.252/32")
"""The metadata server of GKE, with its own data plane and with others."""


def spec(environment: Environment) -> Manifest | None:
    """Return what differs in the spec of the NetworkPolicy; None where base/ says it all.

    Its lists have no key to merge by: each takes the place of the one in base/.
    """
    found: dict[str, Any] = {}
    policy = environment.serving.network_policy
    if policy.clients or policy.monitoring is not None:
        found["ingress"] = [*_ingress(environment.serving, policy)]
    if policy.egress is not None:
        found["egress"] = [_DNS, *policy.egress]
    elif environment.source.effective_access == "pull":
        has_role = environment.serving.service_account.role_arn is not None
        found["egress"] = [_DNS, *_to_the_store(environment.source, has_role=has_role)]
    if "egress" in found and environment.serving.waves is not None:
        found["egress"] = [*found["egress"], _TO_AGENTS]
    if "egress" in found:
        found["policyTypes"] = ["Ingress", "Egress"]
    return found or None


def _ingress(serving: ServerSpec, policy: NetworkPolicy) -> Iterator[Manifest]:
    collectors = {"namespaceSelector": {"matchLabels": policy.monitoring or MONITORING}}
    narrowed = {"from": policy.clients} if policy.clients else {}
    yield {**narrowed, "ports": [{"port": "grpc"}, {"port": "http"}]}
    if policy.clients and serving.monitoring is not None and serving.monitoring.enabled:
        yield {"from": [collectors], "ports": [{"port": "http"}]}
    if serving.agent:
        yield {"from": [{"podSelector": {}}, collectors], "ports": [{"port": PORT}]}


def _to_the_store(source: Source, *, has_role: bool) -> Iterator[Manifest]:
    """Yield rules for a store, and for who gives credentials: a policy knows no names of hosts."""
    rules = [_to_the_endpoint(source.endpoint)]
    if source.credentials_secret is None:
        rules.append(_anywhere(_HTTPS))  # token services
        if source.location.scheme == "gs":
            rules.append(_addresses(_NODE_OF_GOOGLE, 80, 988))
        elif not has_role:
            rules.append(_addresses(_NODE_OF_AWS, 80))
    yield from (rule for number, rule in enumerate(rules) if rule not in rules[:number])


def _to_the_endpoint(endpoint: str | None) -> Manifest:
    """Return the rule for the endpoint of a store.

    A Service of the cluster is translated to its pods before a policy is asked, and they may
    listen at another port.
    """
    parts = urlsplit(endpoint or "https://")
    host = parts.hostname or ""
    port = parts.port or (80 if parts.scheme == "http" else _HTTPS)
    name = host.split(".")
    if _is_address(host):
        return _addresses((f"{host}/{128 if ':' in host else 32}",), port)
    if len(name) >= _OF_A_SERVICE and name[2] == "svc":
        return {"to": [{"namespaceSelector": {"matchLabels": {NAMESPACE: name[1]}}}]}
    if host and len(name) == 1:
        return {"to": [{"podSelector": {}}]}
    return _anywhere(port)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _anywhere(port: int) -> Manifest:
    return {"ports": [{"port": port, "protocol": "TCP"}]}


def _addresses(ranges: tuple[str, ...], *ports: int) -> Manifest:
    return {
        "to": [{"ipBlock": {"cidr": cidr}} for cidr in ranges],
        "ports": [{"port": port, "protocol": "TCP"} for port in ports],
    }
