"""Values of the pure core for tests: small builders, and Hypothesis strategies of them.

Histories are drawn from few names and numbers on purpose: only then do collisions,
moves, overwritten versions and dangling labels come up by themselves.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from generator.catalog.catalog import Catalog, IndexRef, Version
from generator.catalog.claim import Blob
from generator.catalog.hold import Code, Held
from generator.catalog.version_directory import MAX_VERSION, default_name
from generator.environment.delivery import Delivery
from generator.environment.environment import Choice, Environment, Rule, Source
from generator.environment.serving import ServerSpec
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import OnHold, Pending, Removed

URL = "s3://models"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

_BASE_PATHS = ("a", "b", "a/b", "a-b")
_NUMBERS = st.integers(0, 3)
_MATCHES = st.sampled_from(["*", "a", "b", "a-b", "a/*", "**/b", "?", "c"])
_CODES_OF_A_VERSION = (Code.MISSING_OBJECT, Code.ETAG_MISMATCH, Code.NOT_SERVABLE)


def sha256(text: str) -> str:
    """Return a digest as locks and catalogs hold it."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def environment(*rules: Rule, removals: str | int | None = None) -> Environment:
    """Return an environment with the policy *rules* and nothing to warn of."""
    return Environment(
        name="prod",
        file="environments/prod.yaml",
        source=Source(url=URL),
        delivery=Delivery(repository="https://git.example/fleet.git", removals=removals),
        serving=ServerSpec(image="tensorflow/serving:2.19.1"),
        policy=rules,
    )


def rule(match: str = "*", *, line: int = 9, **keys: object) -> Rule:
    """Return a rule; *keys* are `versions`, `labels`, `exclude` and `name`."""
    return Rule(match, f"environments/prod.yaml:{line}", **keys)  # type: ignore[arg-type]


def pin(*numbers: int) -> Choice:
    """Return the choice of exactly these versions."""
    return Choice(pin=numbers)


def version(base_path: str, number: int, content: str = "first") -> Version:
    """Return a proven version with an index of its own; equal *content*, equal digest."""
    return Version(
        base_path=base_path,
        directory=str(number),
        index=IndexRef(index_key(base_path, number), sha256(content)[-32:]),
        digest=sha256(f"{base_path}/{number} {content}"),
        objects=3,
        bytes=1024,
        published=MOMENT + timedelta(minutes=number),
        warmup=False,
    )


def index_key(base_path: str, number: int) -> str:
    """Return the key of the index of `version`."""
    return f"index-{default_name(base_path)}-{number}.csv"


def held_version(base_path: str, number: int, code: Code = Code.ETAG_MISMATCH) -> Held:
    """Return a hold of one version, as validation makes it."""
    return Held(
        index=index_key(base_path, number),
        code=code,
        problems=("it is not as it should be",),
        base_path=base_path,
        model=default_name(base_path),
        version=number,
    )


def held_index(base_path: str, number: int, code: Code = Code.FIELD_COUNT) -> Held:
    """Return a hold of the whole index of `version`: what it is of, nobody knows."""
    return Held(index=index_key(base_path, number), code=code, problems=("line 1: broken",))


def catalog(*versions: Version, held: tuple[Held, ...] = ()) -> Catalog:
    """Return a catalog, sorted as validation sorts it."""
    ordered = sorted(versions, key=lambda item: (item.base_path, item.version))
    return Catalog(tuple(ordered), held)


def served(*models: ServedModel) -> Lock:
    """Return the lock of `environment` with *models*."""
    return Lock("prod", URL, tuple(sorted(models, key=lambda model: model.name)))


def model(name: str, *versions: Version, **labels: int) -> ServedModel:
    """Return a served model at the base path of its versions."""
    return ServedModel(
        name=name,
        base_path=versions[0].base_path,
        versions=versions,
        labels=tuple(sorted(labels.items())),
        inputs=sha256(name),
    )


# What a path may hold, hostile but allowed: delimiters, quotes, templates, other scripts.
_SEGMENT = st.text(
    st.sampled_from("ab0.-_ ,\"'{}%#&=+;*[]") | st.characters(categories=("L", "N", "S", "Zs")),
    min_size=1,
    max_size=8,
).filter(lambda text: text not in {".", ".."})
paths = st.lists(_SEGMENT, min_size=1, max_size=3).map("/".join)
etags = st.from_regex(r"[0-9a-f]{32}(-[1-9])?|(md5|sha256):[0-9a-f]{8}|W/[a-z]{4}", fullmatch=True)
directories = st.integers(0, MAX_VERSION).map(str) | st.from_regex("00?[0-9]", fullmatch=True)


@st.composite
def blobs_of(draw: st.DrawFn, base_path: str) -> list[Blob]:
    """Draw the rows of an index that breaks no rule, each key once."""
    keys = st.tuples(directories, paths).map(lambda it: f"{base_path}/{it[0]}/{it[1]}")
    drawn = draw(st.dictionaries(keys, etags, min_size=1, max_size=6))
    return [Blob(key, etag) for key, etag in drawn.items()]


_DIGESTS = st.text(max_size=3).map(sha256)
_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


@st.composite
def any_version(draw: st.DrawFn, base_path: str, directory: str) -> Version:
    """Draw a version with every field in use."""
    return Version(
        base_path=base_path,
        directory=directory,
        index=IndexRef(draw(paths), draw(etags), draw(st.integers(1, 3))),
        digest=draw(_DIGESTS),
        objects=draw(st.integers(1, 9)),
        bytes=draw(st.integers(0, 2**50)),
        published=draw(_MOMENTS),
        warmup=draw(st.booleans()),
        seen=draw(st.none() | _DIGESTS),
    )


@st.composite
def any_model(draw: st.DrawFn, name: str) -> ServedModel:
    """Draw a model with hostile names, wide numbers and labels."""
    base_path = draw(paths)
    named = draw(st.lists(directories, min_size=1, max_size=4, unique_by=int))
    labels = st.dictionaries(paths, st.sampled_from([int(it) for it in named]), max_size=3)
    return ServedModel(
        name=name,
        base_path=base_path,
        versions=tuple(draw(any_version(base_path, it)) for it in sorted(named, key=int)),
        labels=tuple(sorted(draw(labels).items())),
        inputs=draw(_DIGESTS),
        generation=draw(st.integers(0, 3)),
    )


@st.composite
def any_lock(draw: st.DrawFn) -> Lock:
    """Draw a lock that keeps its own promise: everything in it is sorted."""
    names = sorted(draw(st.lists(paths, max_size=4, unique=True)))
    gone = {name for name in names if draw(st.booleans())}
    pending = [name for name in names if draw(st.booleans())]
    return Lock(
        "prod",
        URL,
        tuple(draw(any_model(name)) for name in names if name not in gone),
        tuple(Pending(name, (1, 2), (("stable", 1),)) for name in pending),
        draw(st.integers(0, 3)),
        tuple(Removed(name, draw(_DIGESTS), draw(st.integers(0, 3))) for name in sorted(gone)),
        tuple((name, draw(_DIGESTS)) for name in pending),
        on_hold=tuple(OnHold(name, "ada, bob") for name in names if draw(st.booleans())),
    )


_CHOICES = st.one_of(
    st.builds(Choice, latest=st.integers(1, 3)),
    st.lists(_NUMBERS, min_size=1, max_size=3, unique=True).map(lambda it: pin(*sorted(it))),
    st.just(Choice(every=True)),
)
_LABELS = st.dictionaries(
    st.sampled_from(["stable", "canary"]),
    _NUMBERS | st.sampled_from(["latest", "previous"]),
    max_size=2,
)
_RULES = st.builds(
    rule,
    _MATCHES,
    line=st.integers(1, 99),
    versions=st.none() | _CHOICES,
    labels=st.none() | _LABELS,
    exclude=st.none() | st.booleans(),
    name=st.none() | st.sampled_from(["a", "b", "other"]),
)
environments = st.lists(_RULES, min_size=1, max_size=4).map(lambda rules: environment(*rules))

_STATES = st.sampled_from(["absent", "first", "second", "held", "held index"])


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """Draw a store: each version is absent, proven with one of two contents, or held."""
    versions, held = [], []
    for base_path in _BASE_PATHS:
        for number in range(1, 5):
            match draw(_STATES):
                case "absent":
                    pass
                case "held":
                    code = draw(st.sampled_from(_CODES_OF_A_VERSION))
                    held.append(held_version(base_path, number, code))
                case "held index":
                    held.append(held_index(base_path, number))
                case content:
                    versions.append(version(base_path, number, content))
    return catalog(*versions, held=tuple(held))
