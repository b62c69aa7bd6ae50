"""Files that travel with the package: templates, schemas, example models.

A checkout has them beside the package, a wheel inside it.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def folder(name: str) -> Path:
    """Return the folder *name*, such as `templates`, of this installation."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
