"""The files of a branch that an overlay is built of, and no others: a branch may have thousands."""

import posixpath
from collections.abc import Mapping

from generator.environment.environment import Environment
from generator.lock import branch as lock_branch
from generator.lock.ports import ReadableBranch
from generator.text.pattern import pattern

_SHARED = ("base", "components")
_KUSTOMIZATION = pattern(r"(.*/)?(kustomization\.ya?ml|Kustomization)")

_ELSEWHERE = pattern(r"(?<![\w./-])(?:\.\./)+[\w./@+-]+")
"""The path of a file or a folder in a kustomization that is not below its own."""


def overlay(environment: Environment) -> str:
    """Return the folder of the repository that is built."""
    return lock_branch.path(environment, f"overlays/{environment.name}")


def folders(environment: Environment) -> tuple[str, ...]:
    """Return the folders that it is built of first."""
    shared = (lock_branch.path(environment, name) for name in _SHARED)
    return overlay(environment), *shared


def files(
    environment: Environment,
    branch: ReadableBranch,
    written: Mapping[str, bytes],
    gone: frozenset[str],
) -> dict[str, bytes]:
    """Return what the overlay is built of, by path, with *written* and without *gone*.

    That is base/, components/, the overlay, and whatever else their kustomizations name.

    Raises:
        PublishError: The branch cannot be read.
    """
    left = [*folders(environment)]
    found: dict[str, bytes] = {}
    done: list[str] = []
    while left:
        here = left.pop()
        if any(here == folder or here.startswith(f"{folder}/") for folder in done):
            continue
        done.append(here)
        read = {path: data for path, data in branch.read(here).items() if path not in gone}
        read |= {path: data for path, data in written.items() if path.startswith(f"{here}/")}
        found |= read
        for path, data in read.items():
            left += _named(path, data)
    return found


def _named(path: str, data: bytes) -> list[str]:
    """Return what a kustomization at *path* names elsewhere in the repository."""
    if not _KUSTOMIZATION.fullmatch(path):
        return []
    folder = posixpath.dirname(path)
    texts = _ELSEWHERE.findall(data.decode(errors="replace"))
    named = (posixpath.normpath(posixpath.join(folder, text)) for text in texts)
    # A folder around the kustomization is none that it can be built of.
    return [
        one for one in named if not one.startswith("..") and not f"{folder}/".startswith(f"{one}/")
    ]
