"""Turn the mapping of an environment document into its values.

The mapping has passed `schemas/environment.schema.json`, and has been merged with what
it extends; nothing is checked again here.
"""

from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.location import InventoryAddress
from generator.environment.delivery import Author, Delivery, ForgeApi, Review, Signing, VerifiedBy
from generator.environment.environment import (
    Choice,
    Environment,
    Events,
    Mount,
    NamedProbe,
    Pull,
    Require,
    Rule,
    Source,
)
from generator.environment.serving import (
    Autoscaling,
    Batching,
    Gpu,
    Json,
    Monitoring,
    NetworkPolicy,
    Polling,
    Rollout,
    ServerSpec,
    ServiceAccount,
    Tls,
    Verify,
)
from generator.environment.settings import Settings
from generator.environment.units import seconds, size
from generator.environment.windows import Window

T = TypeVar("T", bound=Struct)


def parse(document: Json, file: str, rule_lines: tuple[int, ...]) -> Environment:
    """Return the environment that *document* describes.

    *rule_lines* are the lines, in *file*, on which the rules of `policy` start.
    """
    spec = document["spec"]
    source = _source(spec.get("source", {}))
    return Environment(
        name=document["metadata"]["name"],
        file=file,
        source=source,
        delivery=_delivery(spec.get("delivery", {})),
        serving=_serving(spec.get("serving", {}), source),
        policy=tuple(
            _rule(rule, f"{file}:{line}")
            for rule, line in zip(spec["policy"], rule_lines, strict=True)
        ),
        settings=Settings.of(spec),
    )


def with_settings(environment: Environment, data: Json) -> Environment:
    """Return *environment* as if *data* were its settings; they do not know their places."""
    source = _source(data.get("source", {}))
    return replace(
        environment,
        source=source,
        delivery=_delivery(data.get("delivery", {})),
        serving=_serving(data.get("serving", {}), source),
        settings=Settings.of(data),
    )


def _source(data: Json) -> Source:
    return _flat(
        Source,
        data,
        mount=_optional(Mount, data.get("mount")),
        pull=_optional(Pull, data.get("pull")),
        reprove=seconds(data.get("reprove", "24h")),
        events=_events(data.get("events")),
        inventory=_optional(InventoryAddress, data.get("inventory")),
    )


def _events(data: Json | None) -> Events | None:
    if data is None:
        return None
    return _flat(Events, data, sweep=seconds(data.get("sweep", "1h")))


def _delivery(data: Json) -> Delivery:
    return _flat(
        Delivery,
        data,
        path=data.get("path", "").strip("/"),
        settle=seconds(data.get("settle", "10m")),
        author=Author(**data["author"]) if "author" in data else None,
        signing=Signing(**data["signing"]) if "signing" in data else None,
        forge=_flat(ForgeApi, data.get("forge", {})),
        pull_request=_review(data.get("pullRequest", {})),
        verified=_verified(data.get("verified")),
        removals=data.get("limits", {}).get("removals"),
        windows=tuple(
            _flat(Window, window, duration=seconds(window["duration"]))
            for window in data.get("windows", ())
        ),
    )


def _review(data: Json) -> Review:
    names = {key: tuple(data.get(key, ())) for key in ("labels", "reviewers")}
    return _flat(Review, data, **names)


def _serving(data: Json, source: Source) -> ServerSpec:
    agent = data.get("agent", source.effective_access == "pull")
    is_rolling = data.get("reload") == "rolling"
    batching, gpu, scaling = data.get("batching"), data.get("gpu"), data.get("autoscaling")
    return _flat(
        ServerSpec,
        data,
        batching=None
        if batching is None
        else _flat(
            Batching, batching, allowed_batch_sizes=tuple(batching.get("allowedBatchSizes", ()))
        ),
        gpu=None if gpu is None else _flat(Gpu, gpu, tolerations=tuple(gpu.get("tolerations", ()))),
        monitoring=_optional(Monitoring, data.get("monitoring")),
        tls=_optional(Tls, data.get("tls")),
        service_account=_flat(ServiceAccount, data.get("serviceAccount", {})),
        autoscaling=None
        if scaling is None
        else _flat(
            Autoscaling, scaling, target_cpu_utilization=scaling.get("targetCPUUtilization")
        ),
        network_policy=_network_policy(data.get("networkPolicy", {})),
        agent=agent,
        memory=size(data["memory"]) if "memory" in data else None,
        rollout=_rollout(data.get("rollout", {} if agent or is_rolling else "off")),
        verify=_verify(data.get("verify")),
        polling=replace(
            Polling.beside(agent=agent, access=source.effective_access), **data.get("polling", {})
        ),
    )


def _network_policy(data: Json) -> NetworkPolicy:
    egress = data.get("egress")
    return NetworkPolicy(
        clients=tuple(data.get("from", ())),
        monitoring=data.get("monitoring"),
        egress=None if egress is None else tuple(egress),
    )


def _rollout(data: Any) -> Rollout | None:  # noqa: ANN401  a mapping, `false` or "off"
    if not isinstance(data, dict):
        return None
    default = Rollout()
    return _flat(
        Rollout,
        data,
        soak=seconds(data["soak"]) if "soak" in data else default.soak,
        timeout=seconds(data["timeout"]) if "timeout" in data else default.timeout,
    )


def _verify(data: Json | None) -> Verify | None:
    return None if data is None else Verify(seconds(data.get("timeout", "10m")))


def _rule(data: Json, position: str) -> Rule:
    versions = data.get("versions")
    return Rule(
        match=data["match"],
        position=position,
        versions=None
        if versions is None
        else Choice(
            latest=versions.get("latest"),
            pin=tuple(sorted(versions.get("pin", ()))),
            every=versions.get("all", False),
            min_age=seconds(versions.get("minAge", "0s")),
            source=versions.get("from"),
        ),
        labels=data.get("labels"),
        exclude=data.get("exclude"),
        hold=data.get("hold"),
        require=_require(data["require"]) if "require" in data else None,
        name=data.get("name"),
        probe=_probe(data["probe"]) if "probe" in data else None,
    )


def _probe(data: object) -> NamedProbe:
    """Return what a rule names; its file is read later."""
    return NamedProbe("" if data in {False, "off"} else str(data))


def _require(data: Json) -> Require:
    return Require(
        warmup=data.get("warmup", False),
        signatures="signatures" in data,
        max_bytes=size(data["maxBytes"]) if "maxBytes" in data else None,
        probe=data.get("probe", False),
    )


def _verified(data: Json | None) -> VerifiedBy | None:
    return None if data is None else _flat(VerifiedBy, data, by=tuple(data.get("by", ())))


def _optional(cls: type[T], data: Json | None) -> T | None:
    return None if data is None else _flat(cls, data)


def _flat(cls: type[T], data: Json, **values: Any) -> T:  # noqa: ANN401  its fields
    """Build the value *cls* from the keys of *data* that it has, and from *values*."""
    for name in cls.__struct_fields__:
        key = _camel(name)
        if name not in values and key in data:
            values[name] = data[key]
    return cls(**values)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
