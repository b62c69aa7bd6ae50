"""The folder of a project: where it is, from where a person stands."""

from pathlib import Path

FOLDER = "environments"
"""The folder of a project that has its environments."""

TEMPLATES = "templates"
"""The folder of a project that may have templates, which shadow those of this program."""


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
