"""The stage of a story: a folder, and the real commands that are run and shown in it."""

import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct

from generator.cli import echo
from generator.cli.write_new import make_folder
from generator.delivery.git.patch import newest_patch
from generator.environment.package_data import folder as asset
from generator.errors import InvalidInputError, PublishError
from generator.text.phrases import file_reason

MODEL = "half-plus-two"

_WIDE = 100
"""Characters of a command that is still shown in one line."""

Chapter = Callable[[], None]
"""A part of a story; its docstring is what the reader sees first."""


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """Make *folder* for a story; one that does not come to its end leaves none.

    Raises:
        InvalidInputError: The folder exists.
        PublishError: It cannot be made or written.
    """
    if not make_folder(folder):
        raise InvalidInputError(
            f"{folder}: exists already", hint="delete it, or name another: `tfs-gitops demo DIR`"
        )
    try:
        yield
    except OSError as error:
        _remove(folder)
        hint = "name a folder that may be written: `tfs-gitops demo DIR`"
        raise PublishError(file_reason(error), hint=hint) from error
    except BaseException:
        _remove(folder)
        raise


def _remove(folder: Path) -> None:
    """Remove what was played; a second Ctrl-C leaves no half of it behind."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        signal.signal(signal.SIGINT, before)


def tell(chapters: Sequence[Chapter]) -> None:
    """Play chapters one after another, each below its number and its docstring."""
    for number, chapter in enumerate(chapters, 1):
        title, *rest = (chapter.__doc__ or "").splitlines()
        echo.say()
        echo.say(f"{number}. {title}", style="heading")
        for line in rest:
            if line.strip():
                echo.say(f"   {line.strip()}")
        chapter()


def tell_what_next(rows: Sequence[tuple[str, str]]) -> None:
    """Print what the reader may look at, and where it is."""
    echo.say()
    echo.say("What to look at next", style="heading")
    for what, where in rows:
        echo.say(f"  {what + ':':35}{where}")


def own_command() -> str:
    """Return how this program was called, where its short name would not find it."""
    if shutil.which("tfs-gitops"):
        return "tfs-gitops"
    called = Path(sys.argv[0])
    return "python -m generator" if called.name == "__main__.py" else str(called)


class Stage(Struct, frozen=True):
    """A folder with a store, an export, a policy and a delivery repository."""

    folder: Path
    program: click.Command
    """`tfs-gitops`."""

    @property
    def repository(self) -> Path:
        """The delivery repository."""
        return self.folder / "fleet.git"

    @property
    def store(self) -> Path:
        """The store, a local folder."""
        return self.folder / "store"

    @property
    def export(self) -> Path:
        """The folder that the exporter of the model writes."""
        return self.folder / "export" / MODEL

    @property
    def policy(self) -> Path:
        """The file of the environment."""
        return self.folder / "environments" / "dev.yaml"

    def run(self, *arguments: str, ends: Collection[int] = (0,)) -> None:
        """Show a command, and run it.

        Raises:
            click.exceptions.Exit: It ended with another code than one of *ends*, and has told why.
        """
        shown = shlex.join(word.replace(str(self.folder), "…") for word in arguments)
        line = f"$ tfs-gitops -C … {shown}"
        if len(line) > _WIDE:
            option = " --server" if " --server" in line else " --agent"
            line = line.replace(option, f" \\\n   {option}")
        for part in line.split("\n"):
            echo.say(part, style="add")
        words = ["-C", str(self.folder), *arguments]
        code = self.program.main(words, "tfs-gitops", standalone_mode=False) or 0
        if code not in ends:
            raise click.exceptions.Exit(code or 1)

    def export_version(self, version: int, of: int) -> Path:
        """Let the exporter write *version*, with the files of the example version *of*."""
        to = self.export / str(version)
        shutil.copytree(asset("examples") / "models" / MODEL / str(of), to)
        return to

    def upload(self) -> None:
        """Run the command that uploads what was exported, with its index."""
        self.run("index", str(self.export), "--store", self.store.as_uri(), "--upload")

    def show_commit(self) -> None:
        """Show the newest commit of the delivery repository: of other files, how much changed."""
        patch = newest_patch(self.repository, "main")
        echo.say("$ git show --patch", style="add")
        echo.say(f"commit {patch.commit}")
        echo.say()
        for line in patch.message.splitlines():
            echo.say(f"    {line}")
        echo.say()
        for file in patch.files:
            if file.path.endswith("models.config"):
                echo.print_document(file.text)
            else:
                echo.say(f"{file.path}: +{file.added} -{file.removed} lines")
