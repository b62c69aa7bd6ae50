"""Origins: the files that an environment takes settings over from, and which."""

from collections import defaultdict

from generator.environment.environment import Environment
from generator.environment.yaml_document import KeyPath


def inherited(environment: Environment) -> dict[str, tuple[str, ...]]:
    """Return the keys below `spec` that *environment* takes over, by file, the nearest file first.

    What comes from one file as a whole is one key: `source`, in place of `source.url` and others.
    """
    files = {path: place.file for path, place in environment.settings.places.items()}
    above = {path[:length] for path in files for length in range(1, len(path))}
    leaves = {path: file for path, file in files.items() if path not in above}
    below: dict[KeyPath, set[str]] = defaultdict(set)
    for path, file in leaves.items():
        for length in range(1, len(path) + 1):
            below[path[:length]].add(file)
    found: dict[str, set[str]] = {}
    for path, file in leaves.items():
        if file != environment.file:
            length = next(n for n in range(1, len(path) + 1) if len(below[path[:n]]) == 1)
            found.setdefault(file, set()).add(".".join(map(str, path[:length])))
    return {file: tuple(sorted(keys)) for file, keys in found.items()}
