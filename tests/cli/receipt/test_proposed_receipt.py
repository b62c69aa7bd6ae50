"""The receipt of a sync whose pull request is open: while people read, a run costs no more."""

import gc
import os

import pytest

from generator.cli.project import Project
from tests.kit.receipts import receipts
from tests.kit.reviewed_fleet import BRANCH, release, reviewed
from tests.servers.forge import Fault, Pull


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet that serves version 1, of which version 2 is proposed, and a sync was idle."""
    monkeypatch.setenv("CI", "true")
    with reviewed(request.param, tmp_path, monkeypatch) as found:
        found.sync()
        found.forge.merge(1)
        found.project.publish("a", 2)
        found.sync()
        found.sync()
        found.forge.requests.clear()
        yield found


def test_while_a_pull_request_is_open_a_sync_asks_the_forge_once_and_says_the_same(fleet, opened):
    """To the byte, as a whole run does, which leaves all as it is."""
    first = fleet.sync()

    assert opened == []
    assert len(fleet.forge.requests) == 1
    whole = fleet.sync("--no-cache")
    assert (first.exit_code, first.stdout, first.stderr) == (
        whole.exit_code,
        whole.stdout,
        whole.stderr,
    )
    assert "pull request: http" in first.stdout


def test_a_pull_request_that_a_person_has_closed_costs_no_more(fleet, opened):
    """It is told in each run, and is not opened again."""
    fleet.pulls[-1].state = "closed"
    fleet.sync()
    opened.clear()
    fleet.forge.requests.clear()

    told = fleet.sync()

    assert "was closed with the same content: it is not opened again" in told.stdout
    assert (opened, len(fleet.forge.requests)) == ([], 1)


def _merge(fleet):
    fleet.forge.merge(2)


def _close(fleet):
    fleet.pulls[-1].state = "closed"


def _text(fleet):
    fleet.pulls[-1].body = "mine"


def _title(fleet):
    fleet.pulls[-1].title = "mine"


def _base(fleet):
    release(fleet)
    fleet.pulls[-1].base = "release"


def _push(fleet):
    fleet.origin.commit({"mine": b"x"}, "a person's", branch=BRANCH)


def _delete(fleet):
    fleet.origin.repo.branches.local[BRANCH].delete()


def _another(fleet):
    pull = fleet.pulls[-1]
    fleet.pulls.append(Pull(3, "t", "b", BRANCH, "main", pull.sha))


def _silence(fleet):
    fleet.forge.faults.append(Fault(500))


def _nonsense(fleet):
    fleet.forge.faults.append(Fault(200, "[{}]"))


CHANGES = [_merge, _close, _text, _title, _base, _push, _delete, _another, _silence, _nonsense]


@pytest.mark.parametrize("change", CHANGES, ids=lambda it: it.__name__.strip("_"))
def test_whatever_happens_to_a_pull_request_means_the_whole_run(fleet, opened, change):
    """Also no answer, and one that is none."""
    change(fleet)

    fleet.sync()

    assert opened == ["dev"]


def test_what_a_sync_never_reads_means_none(fleet, opened):
    """A label, or another pull request of a fork: the record is another one, and asks nothing."""
    pull = fleet.pulls[-1]
    pull.labels.append("urgent")
    pull.reviewers.append("ada")
    fleet.pulls.append(Pull(3, "t", "b", BRANCH, "main", pull.sha, fork="mallory"))

    fleet.sync()

    assert opened == []


def test_another_program_that_tries_what_is_proposed_means_the_whole_run(
    fleet, opened, monkeypatch, tmp_path
):
    """What it says is told as long as that is so: nobody knows what it has read."""
    tool = tmp_path / "bin" / "kubectl"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho no such base >&2; exit 1\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=os.pathsep)

    told = fleet.sync()

    assert "does-not-build: tf-serving/overlays/dev: kubectl kustomize: no such base" in told.stdout
    fleet.sync()
    opened.clear()
    fleet.sync()
    assert opened == ["dev"]


def test_a_pull_request_that_changes_while_a_sync_runs_leaves_no_receipt(fleet, monkeypatch):
    """Nobody knows which of the two it has seen."""
    fleet.sync("--reprove")  # forgets all receipts
    assert receipts() == []
    plain = Project.forge

    def forge(project, delivery):
        found = plain(project, delivery)
        asked = found.pull_requests

        def pull_requests(head):
            seen = asked(head)
            fleet.pulls[-1].body += "."
            return seen

        found.pull_requests = pull_requests
        return found

    monkeypatch.setattr(Project, "forge", forge)
    fleet.sync()

    assert receipts() == []


def test_without_a_proposal_no_forge_is_asked(fleet, opened):
    """The branch of the last one is gone: nothing that a forge says counts."""
    fleet.forge.merge(2)
    fleet.sync()
    opened.clear()
    fleet.forge.requests.clear()
    gc.collect()

    fleet.sync()

    assert (opened, fleet.forge.requests) == ([], [])


def test_what_follows_a_step_that_is_proposed_has_no_time_of_its_own(fleet, opened):
    """It comes after a merge, whenever that is: each run told of ten minutes from then on."""
    fleet.write({"match": "*", "versions": {"latest": 1}}, settle="10m")
    fleet.sync()
    first = fleet.sync()
    opened.clear()

    assert "its step before has to be merged first" in first.stdout
    assert "step before has to be merged first" in fleet.pulls[-1].body
    assert fleet.sync().stdout == first.stdout
    assert opened == []
    fleet.forge.merge(2)
    assert "no change now, 1 later (due " in fleet.sync().stdout  # merged: now its time runs


def test_a_warning_that_knows_its_place_is_kept_as_the_text_that_it_is(fleet, opened):
    """In JSON, too, where it is a value of its own."""
    first = fleet.sync("--format", "json")
    opened.clear()

    second = fleet.sync("--format", "json")

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert "environments/dev.yaml:" in first.stdout
    assert second.stdout == first.stdout
    assert opened == []
