"""The story of a wave: pods that take versions one after another, on one machine."""

import json
import shlex
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from generator.cli import echo
from generator.cli.demo import documents, milestones, stage
from generator.cli.demo.cluster import PATIENCE, Cluster
from generator.cli.demo.milestones import Milestone
from generator.cli.demo.stage import Stage
from generator.cli.demo.watch import Watch
from generator.delivery.commitment import Commitment
from generator.delivery.git.branch import Branch
from generator.delivery.git.checkout import create_empty
from generator.delivery.git.local import LocalRefs
from generator.errors import GeneratorError
from generator.simulated_server.folder import BEHAVIOUR

SOAK = 4
"""Seconds for which a version has to answer in the first pod."""
STEADY = 6.0
"""Seconds for which all pods serve a version before the next: then they count each other in."""

_DIFFERS = (0, 10)
"""The exit codes of `status`: all is as Git says, or not yet."""

_COMPONENT = "tf-serving/components/agent/kustomization.yaml"

_CAST = (
    "Real here: each command, the files and commits, one agent in each pod, HTTP between them.",
    "Played here: TensorFlow Serving, by a stand-in that loads nothing; and by this program Flux",
    "and the kubelet, which copy from Git what pods mount, and start again what has ended.",
    "Agents wait for seconds here where they wait for a minute elsewhere.",
)


def play(folder: Path, program: click.Command, pods: int) -> None:
    """Play the story in *folder* with so many *pods*, and *program* as `tfs-gitops`.

    A story that does not come to its end leaves no folder, and no story leaves a process.

    Raises:
        InvalidInputError: The folder exists.
        PublishError: It cannot be made or written.
        GeneratorError: A pod does not start, or does not do what it should.
        click.exceptions.Exit: A command of the story ended with an error, and has told it.
    """
    with stage.made(folder):
        on = Stage(folder, program)
        with Cluster(on, pods) as cluster:
            story = _Story(on, cluster)
            for line in _CAST:
                echo.say(line)
            stage.tell(
                (
                    story.first_version,
                    story.wave,
                    story.bad_version,
                    story.way_back,
                    story.window,
                    story.freeze,
                )
            )
        own, place = stage.own_command(), f"-C {shlex.quote(str(folder))}"
        stage.tell_what_next(
            (
                ("the commits", shlex.join(["git", "-C", str(on.repository), "log", "-p"])),
                ("what the agents told", f"{folder}/pods/*/agent.log"),
                ("what waits now", f"{own} {place} plan dev"),
                ("what goes out all the same", f"{own} {place} plan dev --override 'a reason'"),
                ("all that dev has served", f"{own} {place} history dev"),
            )
        )


class _Story:
    """The chapters, each one method whose docstring is what the reader sees."""

    def __init__(self, stage: Stage, cluster: Cluster) -> None:
        self._stage = stage
        self._cluster = cluster
        self._watch = Watch(cluster.pods)
        self._policy = documents.of_waves(stage.store.as_uri(), len(cluster.pods), SOAK)

    def first_version(self) -> None:
        """Version 1 is published and committed, and all pods start with it.

        Nothing is served yet, so there is nothing to protect: all of them take it at once.
        """
        on = self._stage
        on.store.mkdir(parents=True)
        on.policy.parent.mkdir()
        on.policy.write_text(self._policy)
        create_empty(on.repository, "main")
        on.export_version(1, 1)
        on.upload()
        self._sync()
        self._name_image()
        for pod in self._cluster.pods:
            echo.say(f"{pod.name}: its server is {pod.server_url}, its agent {pod.agent_url}")
        self._cluster.start()
        self._until_served(1)
        self._status()

    def wave(self) -> None:
        """Version 2 goes from pod to pod.

        One pod leads. Version 2 has to answer there for some seconds, which is called soak: for
        two minutes, if you do not say. Then the others take it, one after another.
        """
        on = self._stage
        on.export_version(2, 2)
        on.upload()
        self._sync()
        self._until(milestones.soaks, "lead")
        self._status()
        self._until_served(2)

    def bad_version(self) -> None:
        """Version 3 ends the server that loads it. It stops at the first pod.

        Nothing in the bucket shows it: it is complete, and proven. One end may be somebody else's
        doing, so the same pod tries once more; the others refuse it then, and say why.
        """
        on = self._stage
        file = on.export_version(3, 1) / BEHAVIOUR
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"load": "ends-server", "seconds": 1}) + "\n")
        on.upload()
        self._sync()
        self._until(milestones.is_refused, "refuse version 3")
        self._status()

    def way_back(self) -> None:
        """The next sync hears of it from the agents, and goes back by itself: `onFailure: commit`.

        It does not bring version 3 again. The way back needs no wave, for a pod takes at once what
        it has served well. A person who does not wait for it says `rollback dev half-plus-two`.
        """
        self._sync(*self._cluster.agents)
        self._until_served(2)
        self._status()

    def window(self) -> None:
        """Version 4 mends it, and comes outside of the window: it waits.

        A person has said that changes go out in one hour of the day.
        """
        on = self._stage
        opens = (datetime.now(UTC) + timedelta(hours=12)).hour
        on.policy.write_text(documents.with_window(self._policy, opens))
        on.export_version(4, 2)
        on.upload()
        on.run("sync", "dev")
        on.run("status", "dev")

    def freeze(self) -> None:
        """A freeze stops what a window would let through, also a way back.

        Until it is over, or a person says why it goes out all the same: with --override REASON.
        """
        on = self._stage
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
        (on.folder / "freeze.yaml").write_text(documents.freeze(until))
        on.run("sync", "dev")
        on.run("status", "dev")

    def _sync(self, *words: str) -> None:
        """Run `sync`, and count the seconds from its commit."""
        self._stage.run("sync", "dev", *words)
        self._watch.begin()

    def _status(self) -> None:
        self._stage.run("status", "dev", "--quiet", *self._cluster.words, ends=_DIFFERS)

    def _name_image(self) -> None:
        """Name the agent's image in the delivery repository, as the warning says: once."""
        branch = Branch(LocalRefs(self._stage.repository), "main")
        branch.fetch()
        text = branch.read(_COMPONENT)[_COMPONENT].decode()
        text = text.replace("newName: tfs-gitops", "newName: registry.example/tfs-gitops")
        message = "The agent's image is in our registry"
        branch.commit(Commitment({_COMPONENT: text.encode()}, (), message))
        echo.say()
        echo.say(f"(A person does so: {_COMPONENT} names registry.example/tfs-gitops now.)")
        echo.say()

    def _until(self, milestone: Milestone, what: str, lasting: float = 0) -> None:
        """Let the pods go on, and show it, until *milestone* holds for *lasting* seconds.

        Raises:
            GeneratorError: It does not, for long.
        """
        end, since = time.monotonic() + PATIENCE, None
        while True:
            self._cluster.turn(self._watch.tell)
            states = self._cluster.look()
            self._watch.show(states)
            now = time.monotonic()
            since = (now if since is None else since) if milestone(states) else None
            if since is not None and now - since >= lasting:
                return
            if now > end:
                hint = "is the machine too busy for the short times of this story? run it again"
                raise GeneratorError(f"the pods do not {what}", hint=hint)

    def _until_served(self, number: int) -> None:
        """Go on until each pod serves *number*, and has for some seconds."""
        milestone = milestones.serves(number, self._cluster.generation)
        self._until(milestone, f"serve version {number}", STEADY)
