"""Play one rollout again: `python -m tests.histories.waves SEED [--where PLACE]`."""

import argparse
import sys
from collections.abc import Callable, Mapping

from tests.histories.waves.drawing import play, play_in_little_memory, play_on_bad_machines
from tests.histories.waves.world import BrokenPromiseError, WaveWorld

PLAYS: Mapping[str, Callable[[int], WaveWorld]] = {
    "room": play,
    "little-memory": play_in_little_memory,
    "bad-machines": play_on_bad_machines,
}
"""The plays of a seed, by where its pods are."""


def main(words: list[str] | None = None) -> int:
    """Print what happens in it; return 1 if that must never be."""
    chosen = _options().parse_args(words)
    try:
        world = PLAYS[chosen.where](chosen.seed)
    except BrokenPromiseError as error:
        print(error)  # noqa: T201
        return 1
    print(*world.log, "all pods have what Git says", sep="\n")  # noqa: T201
    return 0


def replay(seed: int, where: str) -> str:
    """Return the command that plays a rollout again."""
    return f"python -m tests.histories.waves {seed} --where {where}"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.histories.waves", description=__doc__)
    parser.add_argument("seed", type=int, help="as a campaign tells it")
    parser.add_argument("--where", choices=[*PLAYS], default="room", help="where the pods are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
