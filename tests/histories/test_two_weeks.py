"""Two weeks of cron runs by pull request, with all that people and faults do meanwhile."""

import gc
import json
from random import Random

import pytest

from tests.histories.two_weeks import ENVIRONMENTS, Fortnight
from tests.kit.forges import STAND_INS
from tests.kit.project import ProjectFolder
from tests.servers.forge import TOKEN
from tests.servers.git_http import git_http
from tests.servers.origin import Origin

DAYS = 14
HALVES = {"github": (0, DAYS // 2), "gitlab": (DAYS // 2, DAYS)}
"""One fortnight for the two of them, so that each event happens on one."""
SEEDS = range(20)


def runs():
    """Yield a forge, a seed, and the first day and the one after the last."""
    for kind in STAND_INS:
        yield kind, 0, (0, 2)
        yield pytest.param(kind, 0, HALVES[kind], marks=pytest.mark.slow)
        for seed in SEEDS:
            yield pytest.param(kind, seed, (0, DAYS), marks=pytest.mark.nightly)


EVENTS = (
    *[Fortnight.upload] * 8,
    *[Fortnight.an_old_upload] * 2,
    *[Fortnight.a_merge] * 5,
    *[Fortnight.a_squash] * 4,
    *[Fortnight.a_close] * 3,
    *[Fortnight.a_commit_on_the_branch] * 3,
    Fortnight.an_amended_commit,
    *[Fortnight.a_withdrawn_fix] * 2,
    *[Fortnight.a_commit_on_main] * 2,
    Fortnight.an_edited_base,
    *[Fortnight.a_revert] * 2,
    *[Fortnight.a_pin] * 3,
    *[Fortnight.two_syncs_at_once] * 2,
    *[Fortnight.a_sync_is_killed] * 2,
    *[Fortnight.the_forge_is_down] * 2,
    Fortnight.the_token_is_expired,
    Fortnight.the_repository_is_archived,
    Fortnight.the_store_is_away,
)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("kind", "seed", "days"),
    [*runs()],
    ids=lambda it: "-".join(map(str, it)) if isinstance(it, tuple) else None,
)
def test_a_fortnight_of_runs(kind, seed, days, tmp_path, monkeypatch):
    """At most one open request an environment, no empty commit, nobody's commit overwritten.

    Each run is held to that, and in the end all is merged, a further run does nothing at
    all, and `history` tells how it came to what is served.
    """
    monkeypatch.setattr("generator.delivery.forge.retry.time.sleep", lambda _: None)
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    (tmp_path / "git/acme").mkdir(parents=True)
    origin = Origin.create(tmp_path / "git/acme/fleet.git")
    project = ProjectFolder.create(tmp_path / "project", "")
    with git_http(tmp_path / "git") as server, STAND_INS[kind](origin) as forge:
        delivery = {
            "repository": f"{server.url}/acme/fleet.git",
            "mode": "pull-request",
            "settle": "0s",
            "forge": {"type": kind, "apiUrl": forge.api_url},
            "pullRequest": {"labels": ["models"]},
        }
        fortnight = Fortnight(project, origin, forge, Random(seed), delivery)
        fortnight.begin()
        for day, events in enumerate(drawn(fortnight.random)[slice(*days)], 1):
            for event in events:
                fortnight.diary.append(f"day {day}: {event.__name__}")
                event(fortnight)
            fortnight.sync()
        fortnight.ends_well()

        for environment, choice in ENVIRONMENTS.items():
            served = fortnight.served(environment)
            assert served == {
                model: list(range(newest + 1 - choice["latest"], newest + 1))
                for model, newest in sorted(fortnight.versions.items())
            }
            assert replayed(fortnight, environment) == served
        gc.collect()  # the client's connections, before their server is gone


def drawn(random):
    """Return the events of each day: all of them in a fortnight, in any order."""
    events = list(EVENTS)
    random.shuffle(events)
    return [events[day::DAYS] for day in range(DAYS)]


def replayed(fortnight, environment):
    """Return the versions that all entries of `history` lead to, each from the one before.

    The number of each request that was merged is told once, and no other number; one that
    changed no model is none of its entries.
    """
    words = ["history", environment, "--format", "json", "--limit", 1000]
    entries = json.loads(fortnight.project.run(*words).stdout)["entries"]
    state: dict[str, list[int]] = {}
    for entry in reversed(entries):
        for change in entry["changes"]:
            versions = change["versions"]
            assert state.get(change["model"], []) == versions["from"], fortnight.story
            state[change["model"]] = versions["to"]
    told = [entry["pullRequest"] for entry in entries if entry["pullRequest"]]
    merged = [
        pull.number
        for pull in fortnight.forge.pulls
        if (pull.state, pull.head) == ("merged", f"tfs-gitops/{environment}")
        and not pull.title.endswith(": serving configuration")
    ]
    assert sorted(told) == merged, fortnight.story
    return {name: versions for name, versions in sorted(state.items()) if versions}
