"""The story that `tfs-gitops demo` plays: real commands on a real model, store and repository."""

import shlex
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import click

from generator.cli import echo
from generator.cli.write_new import make_folder
from generator.delivery.git.checkout import create_empty
from generator.delivery.git.patch import newest_patch
from generator.environment.package_data import folder as asset
from generator.errors import InvalidInputError, PublishError
from generator.text.phrases import file_reason

MODEL = "half-plus-two"

_ENVIRONMENT = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata:
  name: dev
spec:
  source:
    url: {store}
    access: mount
    mount: {{claimName: models}}
  delivery:
    repository: fleet.git
    path: tf-serving
  serving:
    image: tensorflow/serving:2.19.1
    namespace: tf-serving-dev
    replicas: 1
  policy:
    - match: "*"
      versions: {{pin: [1]}}
      labels: {{stable: 1}}
"""


def play(folder: Path, program: click.Command) -> None:
    """Play the story in *folder*, with *program* as `tfs-gitops`.

    A story that does not come to its end leaves no folder, so it can be played again.

    Raises:
        InvalidInputError: The folder exists.
        PublishError: It cannot be made or written.
        click.exceptions.Exit: A command of the story ended with an error, and has told it.
    """
    if not make_folder(folder):
        raise InvalidInputError(
            f"{folder}: exists already", hint="delete it, or name another: `tfs-gitops demo DIR`"
        )
    try:
        _tell(folder, _Story(folder, program))
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


def _tell(folder: Path, story: "_Story") -> None:
    for number, chapter in enumerate(story.chapters, 1):
        title, *rest = (chapter.__doc__ or "").splitlines()
        echo.say()
        echo.say(f"{number}. {title}", style="heading")
        for line in rest:
            if line.strip():
                echo.say(f"   {line.strip()}")
        chapter()
    echo.say()
    echo.say("What to look at next", style="heading")
    for what, where in (
        ("the two commits", shlex.join(["git", "-C", f"{folder}/fleet.git", "log", "--patch"])),
        ("the policy, to play with", f"{folder}/environments/dev.yaml"),
        ("what the next sync would do", f"{_own_command()} -C {shlex.quote(str(folder))} plan dev"),
        ("a fleet of your own", f"{_own_command()} init fleet"),
        ("all commands", f"{_own_command()} help"),
    ):
        echo.say(f"  {what + ':':35}{where}")


def _own_command() -> str:
    """Return how this program was called, where its short name would not find it."""
    if shutil.which("tfs-gitops"):
        return "tfs-gitops"
    called = Path(sys.argv[0])
    return "python -m generator" if called.name == "__main__.py" else str(called)


class _Story:
    """The chapters, each one method whose docstring is what the reader sees."""

    def __init__(self, folder: Path, program: click.Command) -> None:
        self._folder = folder
        self._program = program
        self._repository = folder / "fleet.git"
        self._store = folder / "store"
        self._export = folder / "export" / MODEL
        self._policy = folder / "environments" / "dev.yaml"
        self.chapters: tuple[Callable[[], None], ...] = (
            self.export,
            self.first_sync,
            self.no_change,
            self.broken_upload,
            self.promote,
        )

    def export(self) -> None:
        """An exporter publishes version 1 of a model.

        It uploads the SavedModel and writes an index file last: every object, with its checksum.
        """
        self._store.mkdir(parents=True)
        self._policy.parent.mkdir()
        self._policy.write_text(_ENVIRONMENT.format(store=self._store.as_uri()))
        create_empty(self._repository, "main")
        self._publish(1)

    def first_sync(self) -> None:
        """A sync proves the version, and commits what dev should serve."""
        self._run("sync", "dev")
        self._show_commit()

    def no_change(self) -> None:
        """A second sync has nothing to do: no commit."""
        self._run("sync", "dev")

    def broken_upload(self) -> None:
        """Version 2 is published, but one of its objects is cut off on the way.

        It is held, with its reason. Version 1 stays as it is.
        """
        self._publish(2)
        self._damaged().write_bytes(b"half of a fi")
        self._run("sync", "dev")

    def promote(self) -> None:
        """The upload is repaired, and a person promotes version 2 by editing the pin.

        It is added beside version 1, and the label canary points at it.
        """
        source = asset("examples") / "models" / MODEL / "2" / "saved_model.pb"
        shutil.copyfile(source, self._damaged())
        text = self._policy.read_text()
        text = text.replace("pin: [1]", "pin: [1, 2]")
        self._policy.write_text(text.replace("stable: 1", "stable: 1, canary: 2"))
        self._run("sync", "dev")
        self._show_commit()

    def _damaged(self) -> Path:
        return self._store / MODEL / "2" / "saved_model.pb"

    def _publish(self, version: int) -> None:
        source = asset("examples") / "models" / MODEL / str(version)
        shutil.copytree(source, self._export / str(version))
        self._run("index", str(self._export), "--store", self._store.as_uri(), "--upload")

    def _run(self, *arguments: str) -> None:
        shown = [argument.replace(str(self._folder), "…") for argument in arguments]
        echo.say(f"$ tfs-gitops -C … {shlex.join(shown)}", style="add")
        words = ["-C", str(self._folder), *arguments]
        code = self._program.main(words, "tfs-gitops", standalone_mode=False)
        if code:
            raise click.exceptions.Exit(code)

    def _show_commit(self) -> None:
        patch = newest_patch(self._repository, "main")
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
