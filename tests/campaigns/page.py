"""`docs/reliability.md`: each promise, how it is tried, and the last counts; campaigns write it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.campaigns.all import CAMPAIGNS
from tests.campaigns.campaign import Campaign

PAGE = Path(__file__).parents[2] / "docs/reliability.md"
_NEVER = "not played yet"
_HEAD = """# Reliability

What is promised when something fails, how that is tried, and what the last run of each counted.
Campaigns harm the program at random, again and again, and look for two things: a **loss**, which
is a promise broken, and a **traceback**, which is a bug whatever was done. `make nightly` plays
them after all tests and writes the counts here, with the day, the seed and the size: a night's is
larger than one that a person played. A loss or a traceback fails it, and is printed with what led
to it. One alone, smaller, or again as it was:

<!-- not run: it takes minutes; a small run of each is a test -->
```sh
python -m tests.campaigns kills
python -m tests.campaigns kills faults --size 20
python -m tests.campaigns kills --seed 20261129
```

The same seed draws the same trials; moments in seconds meet the program where the machine is then.
A small run of each is a test (`tests/campaigns`).
"""
_TAIL = """## What is not promised

- A machine that loses power may lose what its disk had not written yet; a commit is written as Git
  writes it.
- A kill in the microseconds in which a branch of a repository *at a path* is moved can leave Git's
  own `.lock` file, as a kill of `git` can. The next run waits, names the file and ends with exit
  5; it removes no lock of Git.
- libgit2 reads for ever where a loose object of a repository *at a path* was cut short, which
  neither a kill nor a full disk does, and a broken disk may: `git fsck` finds it.
- Who may write objects of the store, or the delivery repository, is believed: [who can do
  what](security.md).
- A rollout that nobody has played yet may be lost. Of each of the last draws of 10,000, some five
  were at first: two pods led with a bad version, or pods stood still and said why. Each is mended,
  and played in every run of the tests; the counts above are of the draw as it is now.
"""


def note(path: Path, campaign: Campaign, counts: str) -> None:
    """Write the page, with new counts of one campaign."""
    path.write_text(render(last(path.read_text("utf-8")) | {campaign.name: counts}), "utf-8")


def render(counts: Mapping[str, str]) -> str:
    """Return the page with the last counts of each campaign."""
    sections = (_section(one, counts.get(one.name, _NEVER)) for one in CAMPAIGNS.values())
    return "\n".join([_HEAD, *sections, _TAIL])


def last(text: str) -> dict[str, str]:
    """Return the last counts of each campaign that the page *text* has."""
    return dict(_last(text))


def _section(campaign: Campaign, counts: str) -> str:
    title = campaign.name.capitalize()
    return f"## {title}\n\n**{campaign.promise}**\n\n{campaign.method.strip()}\n\n> {counts}\n"


def _last(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"^## (.*)\n(?:(?!## ).*\n)*?> (.*)$", text, re.MULTILINE):
        yield found[1].lower(), found[2]
