"""The story of a model's releases: published, held, repaired and promoted, on one machine."""

import shlex
import shutil
from pathlib import Path

import click

from generator.cli.demo import documents, stage
from generator.cli.demo.stage import MODEL, Stage
from generator.delivery.git.checkout import create_empty
from generator.environment.package_data import folder as asset


def play(folder: Path, program: click.Command) -> None:
    """Play the story in *folder*, with *program* as `tfs-gitops`.

    A story that does not come to its end leaves no folder, so it can be played again.

    Raises:
        InvalidInputError: The folder exists.
        PublishError: It cannot be made or written.
        click.exceptions.Exit: A command of the story ended with an error, and has told it.
    """
    with stage.made(folder):
        story = _Story(Stage(folder, program))
        stage.tell(
            (
                story.export,
                story.first_sync,
                story.no_change,
                story.broken_upload,
                story.promote,
            )
        )
        own, place = stage.own_command(), shlex.quote(str(folder))
        stage.tell_what_next(
            (
                ("the two commits", shlex.join(["git", "-C", f"{folder}/fleet.git", "log", "-p"])),
                ("the policy, to play with", f"{folder}/environments/dev.yaml"),
                ("what the next sync would do", f"{own} -C {place} plan dev"),
                ("three pods and their agents", f"{own} demo --pods 3 pods"),
                ("a fleet of your own", f"{own} init fleet"),
                ("all commands", f"{own} help"),
            )
        )


class _Story:
    """The chapters, each one method whose docstring is what the reader sees."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def export(self) -> None:
        """An exporter publishes version 1 of a model.

        It uploads the SavedModel and writes an index file last: every object, with its checksum.
        """
        self._stage.store.mkdir(parents=True)
        self._stage.policy.parent.mkdir()
        self._stage.policy.write_text(documents.of_one_pod(self._stage.store.as_uri()))
        create_empty(self._stage.repository, "main")
        self._publish(1)

    def first_sync(self) -> None:
        """A sync proves the version, and commits what dev should serve."""
        self._stage.run("sync", "dev")
        self._stage.show_commit()

    def no_change(self) -> None:
        """A second sync has nothing to do: no commit."""
        self._stage.run("sync", "dev")

    def broken_upload(self) -> None:
        """Version 2 is published, but one of its objects is cut off on the way.

        It is held, with its reason. Version 1 stays as it is.
        """
        self._publish(2)
        self._damaged().write_bytes(b"half of a fi")
        self._stage.run("sync", "dev")

    def promote(self) -> None:
        """The upload is repaired, and a person promotes version 2 by editing the pin.

        It is added beside version 1, and the label canary points at it.
        """
        source = asset("examples") / "models" / MODEL / "2" / "saved_model.pb"
        shutil.copyfile(source, self._damaged())
        text = self._stage.policy.read_text()
        text = text.replace("pin: [1]", "pin: [1, 2]")
        self._stage.policy.write_text(text.replace("stable: 1", "stable: 1, canary: 2"))
        self._stage.run("sync", "dev")
        self._stage.show_commit()

    def _damaged(self) -> Path:
        return self._stage.store / MODEL / "2" / "saved_model.pb"

    def _publish(self, version: int) -> None:
        self._stage.export_version(version, version)
        self._stage.upload()
