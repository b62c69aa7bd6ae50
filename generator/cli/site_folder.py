"""The folder that a site is written into: nothing of anybody else is overwritten or removed."""

from collections.abc import Iterable
from pathlib import Path

from generator.errors import InvalidInputError, PublishError
from generator.text import whole_file
from generator.text.phrases import file_reason

_MARK = '<meta name="generator" content="tfs-gitops">'
_HEAD_BYTES = 4096


def write(folder: Path, files: Iterable[tuple[str, str]], front: str, pages: str) -> int:
    """Write *files* into *folder*, by their path in it; return how many pages those are.

    *front* is the first page, and *pages* the folder of those that go when they are not among
    *files*. A file that is as it should be is not written again.

    Raises:
        InvalidInputError: The folder has something else.
        PublishError: It cannot be written.
    """
    try:
        _refuse_foreign(folder, front)
        written = set()
        for name, text in files:
            _write(folder / name, text.encode("utf-8", "backslashreplace"))
            written.add(name)
        for page in (folder / pages).glob("*.html"):
            if page.relative_to(folder).as_posix() not in written:
                page.unlink()
        return sum(name.endswith(".html") for name in written)
    except OSError as error:
        hint = "check that the folder may be written"
        raise PublishError(file_reason(error), hint=hint) from error


def _write(path: Path, data: bytes) -> None:
    if not (path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data):
        whole_file.replace(path, data)


def _refuse_foreign(folder: Path, front: str) -> None:
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    page = folder / front
    if page.is_file() and _MARK in _head(page):
        return
    raise InvalidInputError(
        f"{folder}: is not empty, and {page.name} in it is no page of this program",
        hint="name an empty folder, or a new one, with --output",
    )


def _head(page: Path) -> str:
    with page.open("rb") as file:
        return file.read(_HEAD_BYTES).decode(errors="replace")
