"""Kills at random moments of a sync, a pull and an agent: nothing is left half done."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tests.campaigns import killed_agents
from tests.campaigns.campaign import Campaign, Tally, Trial
from tests.campaigns.forks import Ended, Forks, forks
from tests.campaigns.killed_pulls import Pulls
from tests.campaigns.killed_syncs import KINDS, syncs
from tests.campaigns.killed_uploads import Uploads

_TRIES = 3
"""For each kill that is wanted: some runs are over before it."""


class Scene(Protocol):
    """What is run again and again, each time from the same beginning."""

    words: list[str]
    env: dict[str, str]

    def lay(self) -> None:
        """Put everything where it was before the first run."""

    def problems(self) -> Iterator[str]:
        """Yield what a kill has left that must not be seen, by anybody, at any time."""

    def problems_in_the_end(self) -> Iterator[str]:
        """Yield what is not as it is without a kill, after a run that was left alone."""


def play(trial: Trial) -> None:
    """Kill runs at moments that are drawn, and look what is left, and what the next run makes."""
    shares = dict(trial.shares(path=30, http=25, review=15, pull=15, upload=5, agent=10))
    left_over = 0
    with forks() as program:
        for kind in KINDS:
            with syncs(kind, trial.below(kind), program) as scene:
                kill(trial, program, scene, f"kills of {scene.what}", shares[kind])
                left_over += scene.left_over()
                trial.tally.losses += scene.untidied()
        pulls = Pulls.create(trial.below("pulls"))
        kill(trial, program, pulls, "kills of a pull", shares["pull"])
        uploads = Uploads.create(trial.below("uploads"), program)
        kill(trial, program, uploads, "kills of an upload", shares["upload"])
    killed_agents.play(trial, shares["agent"])
    trial.tally.counts["folders left in the temporary one"] = left_over


def kill(trial: Trial, program: Forks, scene: Scene, what: str, kills: int) -> None:
    """Kill *kills* runs of a scene; half of them at a moment, half before a file operation."""
    log = trial.folder / "log"
    scene.lay()
    began = time.monotonic()
    _end(scene, program, log, f"{what}: without one", trial.tally)
    lasts = time.monotonic() - began
    for _ in range(kills * _TRIES):
        if trial.tally.counts[what] >= kills:
            return
        scene.lay()
        if trial.random.random() < 0.5:
            moment = trial.random.uniform(0, lasts)
            when = f"{what}: after {moment:.3f} s"
            ended = program.start(scene.words, scene.env, log).kill_after(moment)
        else:
            event = int(trial.random.expovariate(1 / 40)) + 1
            when = f"{what}: before event {event}"
            ended = program.start(scene.words, scene.env, log, event=event).wait()
        trial.tally.said(ended.said, when)
        if not ended.is_killed:
            lasts *= 0.9
            continue
        trial.tally.counts[what] += 1
        trial.tally.losses += [f"{when}: {problem}" for problem in scene.problems()]
        _end(scene, program, log, when, trial.tally)


def _end(scene: Scene, program: Forks, log: Path, when: str, tally: Tally) -> None:
    """Run it and leave it alone: it ends as if nothing had been."""
    ended: Ended = program.run(scene.words, scene.env, log)
    tally.said(ended.said, f"{when}, and again")
    if ended.code:
        tally.losses.append(f"{when}: the next run ended with {ended.code}: {ended.said}")
        return
    tally.losses += [f"{when}, in the end: {problem}" for problem in scene.problems_in_the_end()]


METHOD = """
A sync of two environments that adds, changes and withdraws models, a pull of three versions, and
an agent beside a server that goes on answering are ended by SIGKILL, with all that they started:
half of the runs at a moment that is drawn, half before a file operation, connection or program
that is. After each kill the repository passes `git fsck --strict`, each environment is there as
before or as a whole, no version is visible in part, and no index lists what is not there. The next
run, with the cache and the folders that the killed one left, ends with exit 0 and the same files
as one that nobody killed: a commit for each environment, or a pull request. What is left in the
temporary folder goes with the first run some minutes later. Agents start again, and all that Git
wants is served in the end.
"""

KILLS = Campaign(
    name="kills",
    promise="A kill leaves nothing half done, and the next run ends as if it had not been.",
    method=METHOD,
    play=play,
    quick=12,
    night=320,
)
