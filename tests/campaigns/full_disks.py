"""Full disks: of the repository, the cache, the temporary folder, the models and a store."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.campaigns.campaign import Campaign, Trial
from tests.campaigns.forks import Forks, forks
from tests.campaigns.killed_pulls import Pulls
from tests.campaigns.killed_syncs import REPOSITORY, syncs
from tests.campaigns.killed_uploads import Uploads
from tests.campaigns.kills import Scene
from tests.campaigns.small_disk import Disk, small_disk
from tests.campaigns.surroundings import SURROUNDINGS, TEMPORARY


@dataclass(frozen=True, slots=True)
class _Case:
    """A folder that lies on a disk of its own, and what needs room there."""

    name: str
    folder: str
    scene: Callable[[Path, Forks], AbstractContextManager[Scene]]
    needs: int
    """Bytes, some more than it ever writes there."""
    ends: tuple[int, ...]
    """The exit codes that a full disk may lead to."""


def _sync(kind: str) -> Callable[[Path, Forks], AbstractContextManager[Scene]]:
    return lambda root, program: syncs(kind, root, program)


_CASES = (
    _Case("repository", str(Path(REPOSITORY).parent), _sync("path"), 120_000, (0, 5)),
    _Case("cache", f"{SURROUNDINGS}/home/.cache", _sync("path"), 40_000, (0,)),
    _Case("temporary folder", f"{SURROUNDINGS}/{TEMPORARY}", _sync("http"), 300_000, (0, 5)),
    _Case("models", "models", lambda root, _: nullcontext(Pulls.create(root)), 11_000_000, (0, 3)),
    _Case(
        "store",
        "store",
        lambda root, program: nullcontext(Uploads.create(root, program)),
        5_000_000,
        (0, 4),
    ),
)


def play(trial: Trial) -> None:
    """Let each of the disks be full in turn, at a number of bytes that is drawn."""
    trial.tally.counts.update({f"full disks of the {case.name}": 0 for case in _CASES})
    with forks() as program:
        for case in _CASES:
            root = trial.below(case.name.replace(" ", "-"))
            with small_disk(root / case.folder) as disk, case.scene(root, program) as scene:
                for _ in range(max(1, trial.size // len(_CASES))):
                    free = trial.random.randrange(case.needs) // 512 * 512
                    _run(trial, program, case, scene, disk, free)
                disk.clear()


def _run(trial: Trial, program: Forks, case: _Case, scene: Scene, disk: Disk, free: int) -> None:
    """Run it with little room, see what it leaves, and run it again with enough."""
    tally, log = trial.tally, trial.folder / "log"
    when = f"{free} bytes free for the {case.name}"
    disk.clear()
    scene.lay()
    disk.leave(free)
    started = program.start(scene.words, scene.env, log, file_bytes=disk.file_bytes)
    ended = started.wait()
    disk.clear()
    tally.said(ended.said, when)
    tally.counts[f"full disks of the {case.name}"] += 1
    tally.counts["runs ended by them"] += ended.code != 0
    tally.counts[f"of them {disk.kind}"] += 1
    tally.losses += [f"{when}: {problem}" for problem in scene.problems()]
    if ended.code not in case.ends:
        tally.losses.append(f"{when}: exit {ended.code}: {ended.said}")
    again = program.run(scene.words, scene.env, log)
    tally.said(again.said, f"{when}, and again")
    if again.code:
        tally.losses.append(f"{when}: the next run ended with {again.code}: {again.said}")
    tally.losses += [f"{when}, in the end: {it}" for it in scene.problems_in_the_end()]


FULL_DISKS = Campaign(
    name="disks",
    promise="A disk that is full ends a run with one line, or is not noticed; nothing is lost.",
    method="""
The repository at a path, the cache, the temporary folder, the folder of models and a folder store
lie on a small disk each, of which a file takes all but a number of bytes that is drawn, from none
to more than is needed. (Where nobody may mount one, no file may be larger than that.) A sync ends
with exit 5, or is done; without room for the cache it is done. A pull brings what fits, and ends
with exit 3; an upload with exit 4. What a kill must not leave is not left, and the next run, with
room, makes up for it.
""",
    play=play,
    quick=10,
    night=200,
)
