"""Play campaigns: `python -m tests.campaigns [NAME…] [--seed N] [--size N] [--page FILE]`."""

import argparse
import faulthandler
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.campaigns import page
from tests.campaigns.all import CAMPAIGNS
from tests.campaigns.campaign import Campaign, Trial

_TOLD = 5
"""The losses that are printed, of each campaign."""


def main(words: list[str] | None = None) -> int:
    """Play what is named, or everything; return 1 if anything was lost."""
    chosen = _options().parse_args(words)
    today = datetime.now(UTC).date()
    seed = int(f"{today:%Y%m%d}") if chosen.seed is None else chosen.seed
    are_clean = []
    for name in chosen.names or list(CAMPAIGNS):
        campaign = CAMPAIGNS[name]
        line, is_clean = _played(campaign, seed, chosen.size or campaign.night)
        are_clean.append(is_clean)
        if chosen.page:
            page.note(chosen.page, campaign, f"{today}: {line}")
    return 0 if all(are_clean) else 1


def _played(campaign: Campaign, seed: int, size: int) -> tuple[str, bool]:
    """Play one campaign and print its line; return that, and whether nothing was lost."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"{campaign.name}-") as folder:
        trial = Trial(Random(f"{campaign.name} {seed}"), size, Path(folder))
        campaign.play(trial)
    tally = trial.tally
    line = f"{tally}; seed {seed}, size {size}"
    _print(f"{campaign.name}: {line}, {time.monotonic() - began:.0f} s")
    for text in [*tally.losses[:_TOLD], *tally.tracebacks[:_TOLD]]:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    return line, tally.is_clean


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def _size(text: str) -> int:
    if (size := int(text)) < 1:
        raise ValueError
    return size


def _page(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: no such file; docs/reliability.md is the page")
    return path


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*CAMPAIGNS, []])
    parser.add_argument("--seed", type=int, help="what chance is drawn from; default: the date")
    parser.add_argument("--size", type=_size, help="how much of it; default: as at night")
    parser.add_argument("--page", type=_page, help="the page that keeps the last counts")
    return parser


if __name__ == "__main__":
    faulthandler.enable()  # a parser in C may end the process
    sys.exit(main())
