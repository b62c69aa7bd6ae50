"""Syncs at once, of few environments, that push to one repository."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.campaigns.campaign import Campaign, Trial
from tests.campaigns.forks import Forks, forks
from tests.campaigns.surroundings import environment
from tests.kit import versions
from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import constant
from tests.servers.git_http import git_http
from tests.servers.origin import Origin

AT_ONCE = 32
_ENVIRONMENTS = 8
_SLOW = "#!/bin/sh\nsleep 0.1\n"
"""Between the check of a push and its end: others get there first."""


def play(trial: Trial) -> None:
    """Let crowds of syncs loose, one after the other, of up to `AT_ONCE`, in both ways in turn."""
    crowds = max(2, -(-trial.size // AT_ONCE))
    with forks() as program:
        for number in range(crowds):
            kind = ("path", "http")[number % 2]
            crowd = _Crowd(trial, program, trial.below(f"crowd-{number}"), kind)
            crowd.play(min(AT_ONCE, max(1, trial.size // crowds)))


class _Crowd:
    """Some environments of one project, and the syncs of them that run at once."""

    def __init__(self, trial: Trial, program: Forks, root: Path, kind: str) -> None:
        self._trial, self._program, self._root, self._kind = trial, program, root, kind
        self._names = [f"env-{number}" for number in range(_ENVIRONMENTS)]
        self._env = environment(root / "surroundings")
        put = versions.folder(root / "store")
        for path in ("a/1", "b/1", "b/2"):
            versions.publish(put, path, {"saved_model.pb": constant(path)})

    def play(self, crowd: int) -> None:
        """Let them run, and compare with what one after the other makes."""
        alone = self._project(self._root / "alone", "path")
        names = [self._names[number % len(self._names)] for number in range(crowd)]
        chosen = sorted(set(names))
        for name in chosen:
            assert self._program.run(_sync(alone[0], name), self._env, self._root / "log").code == 0
        with ExitStack() as stack:
            project, origin = self._project(self._root / "crowd", self._kind, stack)
            if self._kind == "http":
                _make_slow(origin)
            self._trial.random.shuffle(names)
            started = [
                self._program.start(_sync(project, name), self._env, self._root / f"log-{number}")
                for number, name in enumerate(names)
            ]
            for name, one in zip(names, started, strict=True):
                ended = one.wait()
                self._trial.tally.counts[f"syncs, {crowd} at once"] += 1
                self._trial.tally.said(ended.said, name)
                if ended.code:
                    self._trial.tally.losses.append(f"{name} ended with {ended.code}: {ended.said}")
            problems = [*_problems(origin, alone[1], len(chosen))]
        self._trial.tally.losses += [f"{crowd} syncs by {self._kind}: {it}" for it in problems]

    def _project(
        self, folder: Path, kind: str, stack: ExitStack | None = None
    ) -> tuple[ProjectFolder, Origin]:
        origin = Origin.create(folder / "fleet.git")
        url = str(origin.path)
        if kind == "http" and stack:
            url = f"{stack.enter_context(git_http(folder)).url}/fleet.git"
        project = ProjectFolder(folder / "project", self._root / "store", url)
        (project.root / "environments").mkdir(parents=True)
        for number, name in enumerate(self._names, 1):
            project.environment(name, serving={"replicas": number})
        return project, origin


def _sync(project: ProjectFolder, name: str) -> list[str]:
    return ["-C", str(project.root), "sync", name]


def _make_slow(origin: Origin) -> None:
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_SLOW)
    hook.chmod(0o755)


def _problems(origin: Origin, alone: Origin, environments: int) -> Iterator[str]:
    """Yield what is not as by one sync after the other: the tree, and a commit for each."""
    if origin.files() != alone.files():
        yield "the tree is not that of one after the other"
    if (commits := len(origin.log()) - 1) != environments:
        yield f"{commits} commits for {environments} environments"


CROWDS = Campaign(
    name="crowds",
    promise="Syncs at once all end well, and leave what one after the other would have left.",
    method=f"""
{AT_ONCE} syncs of {_ENVIRONMENTS} environments, several of each, start in the same second and push
to one repository: to a path, and over HTTP where each push takes its time. Each ends with exit 0.
The tree is that of one sync after the other, and each environment has one commit.
""",
    play=play,
    quick=12,
    night=6 * AT_ONCE,
)
