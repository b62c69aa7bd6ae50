"""Freezes: who stops the changes of which environments, until when and why, in `freeze.yaml`."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from generator.environment import schema, yaml_document
from generator.environment.glob import Glob
from generator.environment.yaml_document import Document
from generator.errors import InvalidInputError, Problem
from generator.text.phrases import did_you_mean
from generator.text.timestamp import timestamp

_YEARS = range(2000, 3000)

HINT = "mend the file: while nobody can read it, nobody knows what it stops"


class Freeze(Struct, frozen=True):
    """One entry of `freeze.yaml`."""

    environments: tuple[str, ...]
    """Globs on their names."""
    until: datetime
    """The moment from which it stops nothing more."""
    who: str
    why: str
    place: str
    """`freeze.yaml:6`."""

    def __str__(self) -> str:
        return f"frozen by {self.who}: {self.why} ({self.place})"

    def is_of(self, environment: str) -> bool:
        """Whether it is of *environment*."""
        return any(Glob(glob).matches(environment) for glob in self.environments)


def parse(text: str, file: str) -> tuple[Freeze, ...]:
    """Return the freezes that *text* has, in its order; *file* is its name in places.

    Raises:
        InvalidInputError: With every problem.
    """
    document = yaml_document.read(text, file)
    problems = schema.problems(document, "freeze") or [*_no_times(document)]
    if problems:
        raise InvalidInputError(problems, hint=HINT)
    return tuple(
        Freeze(
            environments=tuple(entry["environments"]),
            until=datetime.fromisoformat(entry["until"]),
            who=entry["who"],
            why=entry["why"],
            place=f"{file}:{document.place(('spec', 'freezes', number)).line}",
        )
        for number, entry in enumerate(document.data["spec"]["freezes"])
    )


def idle(text: str, file: str, environments: tuple[str, ...], now: datetime) -> Iterator[Problem]:
    """Yield what is no error in a valid *text*, and stops nothing: a glob without an environment.

    And an entry that is over.
    """
    document = yaml_document.read(text, file)
    for number, freeze in enumerate(parse(text, file)):
        path = "spec", "freezes", number
        if freeze.until <= now:
            what = f"over since {timestamp(freeze.until)}: take it out"
            yield Problem(what, document.place((*path, "until")))
        for index, glob in enumerate(freeze.environments):
            if not any(map(Glob(glob).matches, environments)):
                ask = did_you_mean(glob, environments)
                what = f"{glob!r} is no environment here{ask}"
                yield Problem(what, document.place((*path, "environments", index)))


def _no_times(document: Document) -> Iterator[Problem]:
    for number, entry in enumerate(document.data["spec"]["freezes"]):
        try:
            year = datetime.fromisoformat(entry["until"]).year
            problem = "" if year in _YEARS else "nobody waits for that year"
        except ValueError as error:
            problem = f"it is no time: {error}"
        if problem:
            path = "spec", "freezes", number, "until"
            what = f"{'.'.join(map(str, path))}: {entry['until']!r}: {problem}"
            yield Problem(what, document.place(path))
