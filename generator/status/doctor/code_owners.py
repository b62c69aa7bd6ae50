"""Code owners: who must approve a change of a file, as forges read CODEOWNERS."""

from collections.abc import Iterator

from generator.environment.glob import Glob
from generator.text.pattern import pattern

PLACES = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
"""The files of a repository that forges look for."""

_WORD = pattern(r"(?:\\.|\S)+")


def owners(text: str, path: str) -> tuple[str, ...]:
    """Return the owners of *path*: of the last line of *text* that matches, if it names any."""
    found: tuple[str, ...] = ()
    for written, names in _lines(text):
        if _matches(written, path):
            found = names
    return found


def _lines(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each pattern with its owners; `[sections]` of GitLab name no path."""
    for line in text.splitlines():
        words = _WORD.findall(line.partition(" #")[0])
        if words and not words[0].startswith(("#", "[", "^[")):
            yield words[0].replace("\\ ", " "), tuple(words[1:])


def _matches(written: str, path: str) -> bool:
    """Return whether *path* is one of *written*, or below one, as gitignore reads it."""
    body = written.strip("/").replace("[", "[[]")  # a bracket is itself there
    if "/" not in written.rstrip("/"):
        body = f"**/{body}"
    is_one = not written.endswith("/") and Glob(body).matches(path)
    return is_one or Glob(f"{body}/**").matches(path)
