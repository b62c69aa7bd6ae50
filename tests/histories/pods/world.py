"""A store, a branch, and pods that follow it at different distances."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.agent.pod.mounted import CONFIG
from generator.catalog import full_catalog
from generator.catalog.catalog import Version
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Silent
from generator.catalog.presence import Presence
from generator.catalog.store import open_store
from generator.lock.lock import Lock, ServedModel
from generator.lock.lock_file import dump
from generator.lock.models_config import models_config
from generator.lock.paths import LOCK
from generator.serving.state import State
from tests.histories.pods import outcome
from tests.histories.pods.runners import BrokenPromiseError, RestartingPod
from tests.histories.pods.stores import Shelf, graph
from tests.histories.pods.watching import Moment
from tests.kit import versions as published
from tests.kit.pod_processes import behaving

MODELS = ("a", "b", "c")
NUMBERS = (1, 2, 3, 4)
BROKEN = frozenset({("a", 3), ("b", 2), ("c", 4)})
"""Proven complete, and the server cannot load them."""
SLOW = {("a", 2): 3, ("a", 3): 6, ("a", 4): 8, ("b", 2): 4, ("b", 3): 5, ("c", 4): 8}
"""Seconds, of the server's time, until a load ends, well or not."""

PATIENCE = 45.0
"""Seconds in which all pods come to rest when nothing more happens."""
_LOOK = 0.02


@dataclass
class World:
    """The world of a history; `commits` are the wanted states, oldest first."""

    shelf: Shelf
    pods: list[RestartingPod]
    commits: list[State] = field(default_factory=list)
    versions: dict[tuple[str, int], Version] = field(default_factory=dict)
    mounted: list[int] = field(default_factory=list)
    """For each pod, how many commits it has seen."""
    changed: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def create(cls, root: Path, shelf: Shelf, pods: int = 2) -> "World":
        """Publish all versions, and make pods in which nothing runs yet."""
        options = ("--endpoint", shelf.endpoint) if shelf.endpoint else ()
        made = [RestartingPod(root / f"pod-{number}", options=options) for number in range(pods)]
        world = cls(shelf, made)
        for key in ((name, number) for name in MODELS for number in NUMBERS):
            published.publish(shelf.put, "{}/{}".format(*key), _objects(*key))
        store = open_store(StoreAddress(url=shelf.url, endpoint=shelf.endpoint))
        found = full_catalog.prove_all(Presence(store), Silent())
        world.versions = {(one.base_path, one.version): one for one in found.versions}
        world.mounted = [0] * pods
        return world

    def commit(self, state: State) -> None:
        """Merge a commit; the first pod has it mounted at once."""
        self.commits.append(state)
        self.mount(0)

    def mount(self, number: int) -> None:
        """Let a pod have the newest commit."""
        if self.mounted[number] == len(self.commits):
            return
        self.mounted[number] = len(self.commits)
        self.pods[number].mount(self._files(), self.commits[-1])

    def mount_half(self, number: int, file: str) -> None:
        """Let a pod have one file of the newest commit, and the other one as it was."""
        pod = self.pods[number]
        mounted = {name: (pod.root / "desired" / name).read_text() for name in (CONFIG, LOCK)}
        files = mounted | {file: self._files()[file]}
        pod.mount(files, self.commits[-1], in_part=True)

    def change(self, name: str, number: int) -> None:
        """Overwrite an object of a version."""
        self.changed.add((name, number))
        self.shelf.put(f"{name}/{number}/saved_model.pb", b"x" * len(graph(name, number)))

    def mend(self) -> None:
        """Put back what was overwritten."""
        for name, number in self.changed:
            self.shelf.put(f"{name}/{number}/saved_model.pb", graph(name, number))
        self.changed.clear()

    def wait(self, seconds: float) -> None:
        """Let time pass, and containers start."""
        end = time.monotonic() + seconds
        while True:
            for pod in self.pods:
                pod.keep()
            if time.monotonic() >= end:
                return
            time.sleep(_LOOK)

    def step(self, number: int) -> None:
        """Wait until an agent writes a step, but not for long."""
        pod, end = self.pods[number], time.monotonic() + 0.6
        before = _inode(pod.config)
        while pod.agent_runs and _inode(pod.config) == before and time.monotonic() < end:
            self.wait(0)
            time.sleep(_LOOK / 10)

    def rest(self, number: int) -> None:
        """Note it if a pod has come to rest."""
        at, status = time.monotonic(), self.pods[number].status()
        if status.get("inSync") and status["generation"] == len(self.commits):
            self.pods[number].moments.append(Moment(at, "rest"))

    def finish(self) -> None:
        """Let all be mended and run, and see that each pod gets to where Git is.

        Raises:
            BrokenPromiseError: One does not, or lost on its way what it should have kept.
        """
        self.shelf.outage(begins=False)
        self.mend()
        for number, pod in enumerate(self.pods):
            self.mount(number)
            pod.start()
        deadline = time.monotonic() + PATIENCE
        while left := [*self._differences()]:
            self.wait(0.05)
            if time.monotonic() > deadline:
                raise BrokenPromiseError("\n".join(left))
        for pod in self.pods:
            pod.check()

    def stop(self) -> None:
        """End all that runs."""
        for pod in self.pods:
            pod.stop()

    def _differences(self) -> Iterator[str]:
        for number, pod in enumerate(self.pods):
            wanted = self.commits[-1]
            found = [*outcome.differences(pod, wanted, {*MODELS}, BROKEN)]
            found += outcome.spoiled(pod, wanted)
            yield from (f"pod {number}: {problem}" for problem in found)

    def _files(self) -> dict[str, str]:
        """Return the files of the newest commit."""
        lock = self._lock(self.commits[-1])
        config = models_config(lock.models, MODELS)
        return {CONFIG: config, LOCK: dump(lock)}

    def _lock(self, state: State) -> Lock:
        models = tuple(
            ServedModel(
                name,
                name,
                tuple(self.versions[name, number] for number in sorted(model.versions)),
                model.labels,
            )
            for name, model in sorted(state.items())
        )
        return Lock("prod", self.shelf.url, models, own_generation=len(self.commits))


def _objects(name: str, number: int) -> Mapping[str, bytes]:
    files = {"saved_model.pb": graph(name, number), "variables/variables.index": b"index"}
    load = {"load": "fails"} if (name, number) in BROKEN else {}
    slow = {"seconds": SLOW[name, number]} if (name, number) in SLOW else {}
    return files | (behaving(**load, **slow) if load or slow else {})


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
