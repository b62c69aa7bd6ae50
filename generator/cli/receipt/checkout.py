"""The state of the checkout that a project is in: of what its policy is compared with."""

from collections.abc import Iterator
from pathlib import Path

from generator.cli.receipt.files import UnknownInputsError, content, contents

_FILES = ("HEAD", "config", "packed-refs", "info/exclude")
_POINTER = "gitdir: "


def state(project: Path) -> Iterator[tuple[str, str]]:
    """Yield the files that say where branches are and what is ignored; none without a checkout.

    Raises:
        UnknownInputsError: They are kept in another way than as files.
        OSError: One cannot be read.
    """
    folder = project.resolve()
    for root in (folder, *folder.parents):
        yield str(root / ".gitignore"), content(root / ".gitignore")
        if (found := root / ".git").exists():
            for repository in _repositories(found):
                yield from _repository(repository)
            return


def _repositories(found: Path) -> Iterator[Path]:
    """Yield the folder of a repository; of a linked working tree, the one that it shares too."""
    if found.is_dir():
        yield found
        return
    pointer = content(found)
    if not pointer.startswith(_POINTER):
        raise UnknownInputsError(found)
    own = found.parent / pointer.removeprefix(_POINTER).strip()
    yield own
    if common := content(own / "commondir").strip():
        yield own / common


def _repository(folder: Path) -> Iterator[tuple[str, str]]:
    if (folder / "reftable").exists():
        raise UnknownInputsError(folder)
    for name in _FILES:
        yield str(folder / name), content(folder / name)
    yield from contents(folder / "refs")
