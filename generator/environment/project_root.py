"""The folder of a project: where it is, from where a person stands."""

import re
from pathlib import Path

from generator.text.pattern import pattern

FOLDER = "environments"
"""The folder of a project that has its environments."""

TEMPLATES = "templates"
"""The folder of a project that may have templates, which shadow those of this program."""

FREEZE = "freeze.yaml"
"""The file of a project that may have freezes: who stops what, and until when."""

_LIKE_FREEZE = pattern(r"freeze\.(?:ya?ml|json)(?:\.txt)?", re.IGNORECASE)


def freeze_files(project: Path) -> list[Path]:
    """Return the files of the folder *project* that are meant as its freezes, sorted."""
    found = project.glob("[Ff][Rr][Ee][Ee][Zz][Ee].*")
    return sorted(path for path in found if _LIKE_FREEZE.fullmatch(path.name))


def nearest(start: Path) -> Path:
    """Return *start* or the nearest folder above it that has environments; *start* if none has.

    Looks no higher than the top of the repository, nor into folders of another user: what
    lies there was not put there by those who work here.
    """
    try:
        owner, folder = start.stat().st_uid, start.resolve()
    except OSError:  # somebody has deleted it
        return start
    up = start
    while folder.stat().st_uid == owner:
        if any((folder / FOLDER).glob("*.yaml")):
            return up
        if (folder / ".git").exists() or folder == folder.parent:
            break
        folder, up = folder.parent, up / ".."
    return start
