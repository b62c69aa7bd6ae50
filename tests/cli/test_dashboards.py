"""`delivery.dashboard`: a sync keeps one issue up to date, on both forges."""

import pytest

from tests.kit.receipts import receipts
from tests.kit.reviewed_fleet import reviewed
from tests.servers.forge import Fault


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet with one published version, whose environment has a dashboard."""
    with reviewed(request.param, tmp_path, monkeypatch) as found:
        found.write(mode="commit", dashboard=True)
        yield found


def issues(fleet):
    """Return the path of the issues in the forge's API."""
    is_github = fleet.delivery["forge"]["type"] == "github"
    return "/api/v3/repos/acme/fleet/issues" if is_github else "/api/v4/projects/1/issues"


def corrupt(fleet, model, version):
    """Let an index name an object that is not there."""
    row = (model, f"{model}/{version}/saved_model.pb", "0" * 32)
    fleet.project.claim(f"{model}-{version}", row)


def test_without_the_key_no_issue_is_looked_for(fleet):
    """It costs nothing whoever does not want it."""
    fleet.write(mode="commit")

    fleet.sync()

    assert fleet.forge.issues == []
    assert fleet.forge.requests == []


def test_one_issue_is_opened_and_the_next_sync_finds_it_and_writes_nothing(fleet):
    """The first one says where it is."""
    first = fleet.sync()
    [ticket] = fleet.forge.issues
    fleet.forge.requests.clear()
    second = fleet.sync()

    assert f"notice: dashboard: opened {fleet.forge.url}" in first.stdout
    assert ticket.title == "tfs-gitops: dev"
    assert "`dev` serves 1 model" in ticket.body
    assert "notice" not in second.stdout
    assert len(fleet.forge.issues) == 1
    assert ticket.edits == []
    writes = [it for it in fleet.forge.requests if not it.startswith("GET") and "graphql" not in it]
    assert writes == []


def test_a_sync_with_nothing_to_do_makes_one_request_that_changes_nothing(fleet):
    """By the version of the issue in the receipt: what is ticked there is seen."""
    fleet.sync()
    fleet.sync()
    assert len(receipts()) == 1
    fleet.forge.requests.clear()

    told = fleet.sync()

    assert fleet.forge.requests == [f"GET {issues(fleet)}/101"]
    assert "nothing to commit" in told.stdout


@pytest.mark.parametrize("change", ["text", "state", "gone", "silent"])
def test_another_version_of_the_issue_or_no_answer_makes_a_whole_run(fleet, change):
    """It is written again, reopened or opened anew."""
    for _ in range(2):
        fleet.sync()
    [ticket] = fleet.forge.issues
    body = ticket.body
    if change == "text":
        ticket.edit("ada", body.replace("keeps", "kept"))
    if change == "state":
        ticket.state = "closed"
    if change == "gone":
        fleet.forge.issues.clear()
    if change == "silent":
        fleet.forge.faults.append(Fault(500, on=f"GET {issues(fleet)}/101"))
    fleet.forge.requests.clear()

    fleet.sync()

    assert len(fleet.forge.requests) > 1
    [ticket] = fleet.forge.issues
    assert (ticket.body, ticket.state) == (body, "open")


def test_what_is_held_and_why_is_told_and_goes_when_it_is_mended(fleet):
    """In place: nobody gets a second issue."""
    corrupt(fleet, "a", 2)
    fleet.sync()
    [ticket] = fleet.forge.issues
    assert "| a | 2 | missing\\-object |" in ticket.body

    next(fleet.project.store.glob("index-a-2.csv")).unlink()
    fleet.sync()

    assert "Held" not in ticket.body
    assert len(fleet.forge.issues) == 1


def test_a_pull_request_that_waits_is_linked(fleet):
    """With what it changes."""
    fleet.write(dashboard=True)

    fleet.sync()

    [pull], [ticket] = fleet.pulls, fleet.forge.issues
    assert f"1](http://127.0.0.1:{fleet.forge.url.rpartition(':')[2]}/acme/fleet/" in ticket.body
    assert "`dev` serves 0 models" in ticket.body
    assert pull.state == "open"


def test_what_differs_between_environments_of_a_branch_is_told_of_each(fleet):
    """By what Git says; an environment of another repository is named as not compared."""
    fleet.project.environment("prod", delivery=fleet.delivery | {"mode": "commit"})
    fleet.project.environment("far", delivery={"repository": "https://git.example/far.git"})
    fleet.sync("prod")
    fleet.project.publish("a", 2)

    fleet.sync("dev")

    [ticket] = fleet.forge.issues
    assert "| model | dev | prod |" in ticket.body
    assert "| a | 1,2 | 1 |" in ticket.body
    assert "- far: it is delivered to another branch" in ticket.body


def test_names_of_others_mention_nobody_and_link_nothing(fleet):
    """An index may name anything."""
    name = "@everyone<img src=x>[a](http://evil.example)|#1"
    fleet.project.claim("b", (name, f"{name}/1/saved_model.pb", "0" * 32))

    fleet.sync()

    [ticket] = fleet.forge.issues
    assert "@everyone" not in ticket.body
    assert "\\<img" in ticket.body
    assert "](http" not in ticket.body
    assert "### Held" in ticket.body


def test_a_forge_that_takes_no_issue_hinders_nothing_else(fleet):
    """It is told in each sync, and the next one tries again."""
    fleet.forge.has_issues = False

    result = fleet.sync()

    assert result.exit_code == 0
    assert "committed" in result.stdout
    assert "notice: dashboard: not up to date: " in result.stdout
    assert receipts() == []


def test_a_dry_run_writes_no_issue(fleet):
    """It stops before anything is written."""
    fleet.sync("--dry-run")

    assert fleet.forge.issues == []


def test_an_older_duplicate_wins_and_the_other_is_closed(fleet):
    """As two syncs leave it that both opened one."""
    fleet.sync()
    [ticket] = fleet.forge.issues
    other = fleet.forge.write_issue(ticket.title, ticket.body, ticket.author)

    result = fleet.sync()

    assert (ticket.state, other.state) == ("open", "closed")
    assert f"notice: dashboard: closed {fleet.forge.url}" in result.stdout
    assert "duplicate" in other.comments[0]
    assert "notice" not in fleet.sync().stdout
