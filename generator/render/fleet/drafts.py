"""Drafts: the documents of environments/ that `init` is to write, as plain data.

One base holds what environments have in common; each environment extends it, and has an
image of its own, so that what is tried in one of them stays there. Where there is a fleet,
its documents stay as they are, and new environments take its source and delivery over.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from generator.catalog.location import Location
from generator.environment.delivery import ForgeApi
from generator.environment.environment import S3_DRIVER, Environment
from generator.environment.serving import Json
from generator.render.fleet.choices import BASE, IMAGE, NAMES, Choices, Surroundings
from generator.text.pattern import pattern

_AWS = pattern(r"[./]amazonaws\.com(\.cn)?(:[0-9]+)?/?\Z", re.IGNORECASE)
"""The end of an endpoint of AWS itself, also one within a private network."""

_MONITORING = {"monitoring": {"enabled": True}}


class Draft(Struct, frozen=True):
    """One document that is to be written."""

    name: str
    source: Json = field(default_factory=dict)
    delivery: Json = field(default_factory=dict)
    serving: Json = field(default_factory=dict)
    extends: str | None = None
    """None for the base."""
    takes_from: str | None = None
    """The environment whose versions this one takes."""
    is_last: bool = False
    """Whether no environment comes after it."""


def asked(choices: Choices, present: Sequence[str]) -> tuple[str, ...]:
    """Return the environments that are asked for, where those *present* are there.

    Where there are some, none is added that nobody named: the next sync would deliver it.
    """
    return choices.names or (() if present else NAMES)


def order(choices: Choices, found: Surroundings) -> tuple[str, ...]:
    """Return all environments, those that are there and those that are asked for, first to last."""
    names = [one.name for one in found.environments]
    wanted = asked(choices, names)
    for number, name in enumerate(wanted):
        if name not in names:
            before, after = wanted[:number], wanted[number + 1 :]
            names.insert(_position(name, before, after, names), name)
    return tuple(names)


def reference(choices: Choices, found: Surroundings) -> Environment | None:
    """Return the environment from which new ones take over; None where there is no fleet.

    It is the one before the first of them, as versions come from there too.
    """
    names = order(choices, found)
    present = {one.name: one for one in found.environments}
    first_new = next((number for number, name in enumerate(names) if name not in present), 0)
    around = [*reversed(names[:first_new]), *names[first_new:]]
    return next((present[name] for name in around if name in present), None)


def drafts(choices: Choices, found: Surroundings) -> tuple[Draft, ...]:
    """Return what is to be written, a base first; nothing if no environment is new."""
    names = order(choices, found)
    present = {one.name for one in found.environments}
    new = [name for name in names if name not in present]
    if not new:
        return ()
    drafting = _Drafting(choices, found, names, reference(choices, found))
    base = () if found.base is not None else (drafting.base(),)
    return (*base, *map(drafting.environment, new))


class _Drafting(Struct, frozen=True):
    """The common part of all new documents of a fleet."""

    choices: Choices
    found: Surroundings
    names: tuple[str, ...]
    reference: Environment | None

    def base(self) -> Draft:
        return Draft(BASE, self._common_source(), self._common_delivery(), _MONITORING)

    def environment(self, name: str) -> Draft:
        number = self.names.index(name)
        source, delivery = self._own_source(), self._own_delivery()
        takes_from = self.names[number - 1] if number else None
        is_last = name == self.names[-1]
        if name == NAMES[-1] or (is_last and takes_from):
            delivery |= self._reviewed(delivery)
        image = self.reference.serving.image if self.reference else IMAGE
        serving = {
            "image": self.choices.image or image,
            "namespace": self._namespace(name),
            "replicas": 2 if number else 1,
        }
        return Draft(name, source, delivery, serving, BASE, takes_from, is_last)

    def _inherited(self, block: str) -> Json:
        """Return the *block* that environments get from the base, as it is or as it will be."""
        if self.found.base is not None:
            return _mapping(self.found.base.get(block))
        return self._common_source() if block == "source" else self._common_delivery()

    def _common_source(self) -> Json:
        if self.reference is not None:
            return _mapping(self.found.blocks[self.reference.name].get("source"))
        url = self.choices.store or self.found.local_store
        return _source(url, self.choices.endpoint, self.choices.region)

    def _common_delivery(self) -> Json:
        if self.reference is not None:
            data = _mapping(self.found.blocks[self.reference.name].get("delivery"))
            return {key: data[key] for key in data if key != "mode"} | self._dashboard
        return {
            "repository": self.choices.repository or self.found.repository,
            "branch": self.choices.branch or self.found.branch,
            "path": "tf-serving" if self.choices.path is None else self.choices.path,
            **self._dashboard,
        }

    @property
    def _dashboard(self) -> dict[str, Any]:
        return {"dashboard": True} if self.choices.dashboard else {}

    def _own_source(self) -> dict[str, Any]:
        """Return what an environment says itself: what was chosen, and what no base says."""
        inherited, choices = self._inherited("source"), self.choices
        chosen: Json = _given(endpoint=choices.endpoint, region=choices.region)
        if choices.store not in (None, inherited.get("url")):
            chosen = _source(str(choices.store), choices.endpoint, choices.region)
        missing = {} if "url" in inherited else self._common_source()
        return _beyond(inherited, {**missing, **chosen})

    def _own_delivery(self) -> dict[str, Any]:
        inherited, choices = self._inherited("delivery"), self.choices
        chosen = _given(repository=choices.repository, branch=choices.branch, path=choices.path)
        missing = {} if "repository" in inherited else self._common_delivery()
        return _beyond(inherited, {**missing, **chosen, **self._dashboard})

    def _reviewed(self, own: Json) -> Json:
        """Return the keys by which people approve what changes, where there is a forge."""
        delivery = {**self._inherited("delivery"), **own}
        forge = _mapping(delivery.get("forge"))
        api = ForgeApi(forge.get("type"), forge.get("apiUrl"))
        return self.found.reviews(str(delivery["repository"]), api) or {}

    def _namespace(self, name: str) -> str:
        if self.choices.namespace is not None or self.reference is None:
            return f"{self.choices.namespace or 'tf-serving'}-{name}"
        theirs = self.reference.serving.namespace
        start = theirs.removesuffix(self.reference.name)
        return f"{start}{name}" if start != theirs else f"{theirs}-{name}"


def _position(name: str, before: Sequence[str], after: Sequence[str], names: Sequence[str]) -> int:
    """Return where *name* goes: beside those that are asked for with it, else where it is usual."""
    if before:
        return names.index(before[-1]) + 1
    if known := next((other for other in after if other in names), None):
        return names.index(known)
    if name in NAMES and set(names) <= set(NAMES):
        return sum(NAMES.index(other) < NAMES.index(name) for other in names)
    return len(names)


def _source(url: str, endpoint: str | None, region: str | None) -> Json:
    """Return how stock servers get at a store: AWS's driver has the role of a pod for AWS alone."""
    access: Json = {"access": "direct"}
    scheme = Location.parse(url).scheme
    if scheme != "gs":
        is_at_aws = scheme == "s3" and (endpoint is None or _AWS.search(endpoint) is not None)
        mount = {"driver": S3_DRIVER} if is_at_aws else {"claimName": "models"}
        access = {"access": "mount", "mount": mount}
    return {"url": url, **_given(endpoint=endpoint, region=region), **access}


def _given(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value is not None}


def _beyond(inherited: Json, own: Json) -> dict[str, Any]:
    """Return the keys of *own* that are not inherited as they are."""
    return {key: value for key, value in own.items() if inherited.get(key) != value}


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}
