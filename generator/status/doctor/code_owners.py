"""Code owners: who must approve a change of a file, as forges read CODEOWNERS."""

import re
from collections.abc import Iterator

PLACES = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
"""The files of a repository that forges look for."""

_WORD = re.compile(r"(?:\\.|\S)+")
_GLOB = re.compile(r"(?:\*\*+/)+|\*\*+|\*|\?|.", re.DOTALL)
_ANY_FOLDERS = "(?:.*/)?"
_AS_REGEX = {"*": "[^/]*", "?": "[^/]"}


def owners(text: str, path: str) -> tuple[str, ...]:
    """Return the owners of *path*: of the last line of *text* that matches, if it names any."""
    found: tuple[str, ...] = ()
    for pattern, names in _lines(text):
        if _regex(pattern).fullmatch(path):
            found = names
    return found


def _lines(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each pattern with its owners; `[sections]` of GitLab name no path."""
    for line in text.splitlines():
        words = _WORD.findall(line.partition(" #")[0])
        if words and not words[0].startswith(("#", "[", "^[")):
            yield words[0].replace("\\ ", " "), tuple(words[1:])


def _regex(pattern: str) -> re.Pattern[str]:
    """Return what matches the paths of *pattern*, as gitignore reads it."""
    is_anchored = "/" in pattern.rstrip("/")
    body = "".join(map(_part, _GLOB.findall(pattern.strip("/"))))
    below = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return re.compile(f"{'' if is_anchored else _ANY_FOLDERS}{body}{below}")


def _part(token: str) -> str:
    if token.startswith("**"):
        return _ANY_FOLDERS if token.endswith("/") else ".*"
    return _AS_REGEX.get(token) or re.escape(token)
