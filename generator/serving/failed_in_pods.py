"""Versions that failed in pods, and the line by which one program tells another of them.

That line fits into the description of a commit status, and names the environment, for several may
share a commit: `failed-in-pods: prod {ranker 7 (tf-serving-a)}`
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from generator.serving.state import VersionKey
from generator.text.pattern import pattern

CODE = "failed-in-pods"

LONGEST = 140
"""Characters of a description that GitHub takes; GitLab takes 255."""

IN_DOUBT = "not all pods say so"
"""The doubt that a line tells of; in which words, the program that wrote it has told elsewhere."""

_LINE = pattern(rf"{CODE}: (?P<environment>[A-Za-z0-9._-]{{1,253}}) {{(?P<versions>[^{{}}]+)}}")
_VERSION = pattern(
    r"(?P<doubt>maybe )?(?P<model>[A-Za-z0-9][A-Za-z0-9._-]{0,252}) (?P<version>0|[1-9][0-9]{0,18})"
    r"(?: \((?P<pods>[0-9A-Za-z.:,\[\] -]{1,200})\))?"
)
_REST = pattern(r"\+[1-9][0-9]{0,5}")


class FailedVersion(Struct, frozen=True):
    """A version that pods tell of: it does not load there, ends the server, or answers wrongly."""

    model: str
    version: int
    pods: tuple[str, ...] = ()
    """Their names, sorted; none where nobody says."""
    why: str = ""
    """In the server's words; empty where nobody says."""
    doubt: str = ""
    """The reason why that is not the word of the whole environment; empty if it is."""

    @property
    def key(self) -> VersionKey:
        """Its model and number."""
        return self.model, self.version

    def __str__(self) -> str:
        placed = f" ({', '.join(self.pods)})" if self.pods else ""
        return f"{'maybe ' if self.doubt else ''}{self.model} {self.version}{placed}"


class Account(Struct, frozen=True):
    """The account of the versions of one state in pods: by these themselves, or by who asked."""

    failed: tuple[FailedVersion, ...] = ()
    well: Mapping[VersionKey, str] = field(default_factory=dict)
    """By version that is served well somewhere: the words for it."""
    recovered: frozenset[VersionKey] = frozenset()
    """The versions that failed once, and of which all are known to serve them well since."""


def line(environment: str, failed: Iterable[FailedVersion]) -> str:
    """Return the line that tells of *failed*: as many as there is room for, and `+N` for more."""
    told = sorted(failed, key=lambda it: it.key)
    found: list[str] = []
    for number, one in enumerate(told):
        rest = len(told) - number - 1
        more = [*found, str(one)]
        if len(_joined(environment, more, rest)) > LONGEST:
            more = [*found, str(FailedVersion(one.model, one.version, doubt=one.doubt))]
        if len(_joined(environment, more, rest)) > LONGEST:
            break
        found = more
    return _joined(environment, found, len(told) - len(found))


def environments_of(text: str) -> frozenset[str]:
    """Return the environments that lines in *text* name; none without such a line."""
    return frozenset(found["environment"] for found in _LINE.finditer(text))


def read(environment: str, text: str) -> tuple[FailedVersion, ...]:
    """Return the versions of *environment* that a line in *text* tells of.

    None where there is no such line. One is taken whole or not at all: nobody is accused by half a
    sentence, nor by what failed elsewhere.
    """
    mine = (it for it in _LINE.finditer(text) if it["environment"] == environment)
    return tuple(dict.fromkeys(one for it in mine for one in _read(it["versions"])))


def _read(text: str) -> tuple[FailedVersion, ...]:
    found: list[FailedVersion] = []
    for item in text.split("; "):
        if _REST.fullmatch(item) and found:
            continue
        one = _VERSION.fullmatch(item)
        if one is None:
            return ()
        pods = tuple(pod for pod in (one["pods"] or "").split(", ") if pod)
        doubt = IN_DOUBT if one["doubt"] else ""
        found.append(FailedVersion(one["model"], int(one["version"]), pods, doubt=doubt))
    return tuple(found)


def _joined(environment: str, found: list[str], rest: int) -> str:
    items = "; ".join([*found, *([f"+{rest}"] if rest else [])])
    return f"{CODE}: {environment} {{{items}}}"  # without its end, somebody has cut it
