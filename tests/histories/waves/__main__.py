"""Play one rollout again: `python -m tests.histories.waves SEED [--little-memory]`."""

import argparse
import sys

from tests.histories.waves.drawing import play, play_in_little_memory
from tests.histories.waves.world import BrokenPromiseError


def main(words: list[str] | None = None) -> int:
    """Print what happens in it; return 1 if that must never be."""
    chosen = _options().parse_args(words)
    try:
        world = (play_in_little_memory if chosen.little_memory else play)(chosen.seed)
    except BrokenPromiseError as error:
        print(error)  # noqa: T201
        return 1
    print(*world.log, "all pods have what Git says", sep="\n")  # noqa: T201
    return 0


def replay(seed: int, *, little_memory: bool) -> str:
    """Return the command that plays a rollout again."""
    return f"python -m tests.histories.waves {seed}{' --little-memory' if little_memory else ''}"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.histories.waves", description=__doc__)
    parser.add_argument("seed", type=int, help="as a campaign tells it")
    parser.add_argument("--little-memory", action="store_true", help="pods that have to swap")
    return parser


if __name__ == "__main__":
    sys.exit(main())
