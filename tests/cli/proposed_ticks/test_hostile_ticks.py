"""Ticks, texts and pull requests that are not what they seem, and what else meets a tick."""

from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.kit.reviewed_fleet import BRANCH, nothing
from tests.servers.forge import TOKEN, Fault, Pull

WAITS = "### Asked for, and not merged yet"

pytestmark = pytest.mark.nightly


def test_what_a_command_removes_or_lets_go_of_stays_proposed_too(fleet):
    """By each sync that is not asked again."""
    fleet.write(*nothing(), dashboard=True)
    fleet.sync("--allow-removals")
    told = fleet.sync()

    assert told.exit_code == 0, told.output
    assert fleet.lock()["models"] == {}
    assert "Tfs-Asked: allow removals" in fleet.origin.log(BRANCH)[0].splitlines()
    fleet.pulls[-1].state = "closed"
    told = fleet.sync("--allow-removals")
    assert "was closed with the same content: it is not opened again" in told.stdout
    assert len(fleet.pulls) == 2


def test_who_closes_a_pull_request_while_a_sync_runs_takes_back_what_it_was_asked_for(fleet):
    """The sync has seen it open, and another tick besides."""
    fleet.project.publish("b", 1)
    fleet.sync()
    fleet.forge.merge(2)
    fleet.sync()
    fleet.tick("hold a")
    fleet.sync()
    is_github = fleet.delivery["forge"]["type"] == "github"
    path = "repos/acme/fleet/pulls" if is_github else "projects/1/merge_requests"
    query = "state=all" if is_github else "state=all&source_branch=tfs-gitops%2Fdev"
    asked = Request(f"{fleet.forge.api_url}/{path}?{query}")  # noqa: S310  of the stand-in
    asked.add_header("Authorization", f"Bearer {TOKEN}")
    with urlopen(asked) as answer:  # noqa: S310  likewise
        as_it_was = answer.read().decode()
    fleet.pulls[-1].state = "closed"
    fleet.forge.faults.append(Fault(200, as_it_was, on=f"GET {urlsplit(asked.full_url).path}"))
    fleet.tick("hold b")
    fleet.sync()

    assert fleet.lock()["onHold"] == [{"model": "b", "by": "ada"}]
    assert fleet.pulls[-1].state == "open"
    assert "hold `a`: http" in fleet.said
    assert "was closed without a merge" in fleet.said


def test_who_may_not_write_gets_nothing_proposed(fleet):
    """Whatever the text says by then."""
    fleet.tick("hold a", who="bob")
    fleet.sync()

    assert "onHold" not in fleet.lock()
    assert fleet.said == "hold `a`: not obeyed: bob may not write the repository"


def test_a_text_that_tells_of_what_was_never_asked_makes_nothing(fleet):
    """Nor is anybody answered for a pull request that is none of ours."""
    ticket = fleet.forge.issues[0]
    fleet.forge.pulls.append(
        Pull(3, "t", "b", BRANCH, "main", "0" * 40, state="closed", fork="mallory")
    )
    told = "- <!-- tfs-gitops asked hold a {} --> hold `a`\n"
    ticket.edit("bob", f"{told.format(3)}{told.format(77)}{ticket.body}")
    fleet.sync()

    assert ticket.comments == []
    assert "asked hold" not in ticket.body
    assert "onHold" not in fleet.lock()


def test_a_pull_request_of_a_fork_keeps_no_wish_alive(fleet):
    """Its branch may have the same name."""
    fleet.tick("hold a")
    fleet.sync()
    fleet.pulls[1].state = "closed"
    fleet.forge.pulls.append(
        Pull(3, "t", fleet.pulls[1].body, BRANCH, "main", fleet.pulls[1].sha, fork="mallory")
    )

    fleet.sync()

    assert "onHold" not in fleet.lock()


def test_a_forge_that_tells_nothing_of_pull_requests_ends_no_wish(fleet):
    """The sync fails or goes on; the next one finds it as it was."""
    fleet.tick("hold a")
    fleet.sync()
    tip = fleet.forge.tip(BRANCH)
    is_github = fleet.delivery["forge"]["type"] == "github"
    pulls = "/api/v3/repos/acme/fleet/pulls" if is_github else "/api/v4/projects/1/merge_requests"
    fleet.forge.faults.append(Fault(400, on=f"GET {pulls}"))
    fleet.sync()

    assert fleet.forge.tip(BRANCH) == tip
    fleet.sync()
    assert fleet.forge.tip(BRANCH) == tip
    assert len(fleet.forge.issues[0].comments) == 1
    fleet.write(dashboard=True, mode="commit")
    fleet.forge.faults.append(Fault(403, on=f"GET {pulls}"))
    fleet.tick("release a")
    fleet.sync()
    assert "let go of `a`, ticked by ada" in fleet.said
    assert WAITS in fleet.forge.issues[0].body
    assert "[x]" not in fleet.forge.issues[0].body


def test_a_tick_on_a_closed_issue_is_obeyed_and_the_issue_is_opened(fleet):
    """Git asks for it."""
    fleet.tick("hold a")
    fleet.forge.issues[0].state = "closed"
    fleet.sync()

    assert fleet.lock()["onHold"] == [{"model": "a", "by": "ada"}]
    assert fleet.forge.issues[0].state == "open"


def test_five_hundred_boxes_are_obeyed_at_once_and_each_text_fits(fleet):
    """What is left out of an answer or a text is counted, and stays asked for."""
    names = [f"m{number}" for number in range(500)]
    for name in names:
        fleet.project.publish(name, 1)
    fleet.sync()
    fleet.forge.merge(2)
    fleet.sync()
    ticket = fleet.forge.issues[0]
    boxes = "".join(f"- [x] <!-- tfs-gitops hold {name} -->\n" for name in names)
    ticket.edit("ada", boxes + ticket.body)

    told = fleet.sync()

    assert told.exit_code == 0, told.output
    assert len(fleet.lock()["onHold"]) == 500
    assert fleet.pulls[-1].body.count("- hold m") > 100
    assert "and 400 more" in fleet.said
    assert len(ticket.body) < 65_000
    assert len(fleet.pulls[-1].body) < 65_000
    before = fleet.forge.tip(BRANCH), ticket.version
    fleet.sync()
    assert (fleet.forge.tip(BRANCH), ticket.version) == before


def test_a_tick_of_a_model_that_is_gone_or_never_was_proposes_nothing(fleet):
    """The answer says that nothing was to be done."""
    ticket = fleet.forge.issues[0]
    boxes = "".join(f"- [x] <!-- tfs-gitops {it} z -->\n" for it in ("hold", "retake", "release"))
    ticket.edit("ada", boxes + ticket.body)
    tip = fleet.forge.tip(BRANCH)
    fleet.sync()

    assert fleet.forge.tip(BRANCH) == tip
    assert fleet.said.count("nothing is to be done") == 2
    assert "let go of `z`, ticked by ada: it is not on hold" in fleet.said
    assert WAITS not in ticket.body


def test_a_locked_conversation_hinders_nothing(fleet):
    """Neither what is ticked, nor what became of it, is told; a notice says so."""
    is_github = fleet.delivery["forge"]["type"] == "github"
    root = "/api/v3/repos/acme/fleet" if is_github else "/api/v4/projects/1"
    what = f"POST {root}/issues/101/{'comments' if is_github else 'notes'}"
    fleet.forge.faults.extend([Fault(403, on=what)] * 2)
    fleet.tick("hold a")
    first = fleet.sync()
    fleet.forge.merge(2)
    second, third = fleet.sync(), fleet.sync()

    assert "no answer to what was ticked" in first.stdout
    assert "no answer to what was ticked" in second.stdout
    assert "notice" not in third.stdout
    assert "[x]" not in fleet.forge.issues[0].body
    assert fleet.lock("main")["onHold"] == [{"model": "a", "by": "ada"}]


def test_work_of_a_person_on_the_branch_stays_and_the_tick_is_answered(fleet):
    """As any other sync leaves it."""
    fleet.origin.commit({"mine.txt": b"x"}, "by a person", branch=BRANCH)
    fleet.tick("hold a")
    told = fleet.sync()

    assert told.exit_code != 0
    assert "onHold" not in fleet.lock()
    assert "hold `a`, ticked by ada: not done: dev: tfs\\-gitops/dev has a commit" in fleet.said


def test_a_template_without_the_names_loses_no_request(fleet):
    """The commit has them all the same: a later sync reads them there."""
    folder = fleet.project.root / "templates" / "report"
    folder.mkdir(parents=True)
    (folder / "commit.txt").write_text("{{ subject }}\n")
    fleet.tick("hold a")
    for _ in range(2):
        fleet.sync()
        assert fleet.lock()["onHold"] == [{"model": "a", "by": "ada"}]
    assert "Tfs-Asked: hold a by ada" in fleet.origin.log(BRANCH)[0].splitlines()


def test_what_merges_itself_takes_what_is_ticked_along(fleet):
    """The forge merges it once its checks pass, with no more right than who ticked has."""
    fleet.forge.merge(2)
    fleet.sync()
    fleet.write(dashboard=True, pullRequest={"autoMerge": True})
    fleet.sync()
    fleet.tick("hold a")
    fleet.sync()

    assert fleet.lock()["onHold"] == [{"model": "a", "by": "ada"}]
    assert fleet.pulls[-1].automatic


def test_a_hold_that_waits_is_not_committed_with_a_way_back(fleet):
    """Nor answered before its own sync: what goes back by itself goes out first."""
    is_github = fleet.delivery["forge"]["type"] == "github"
    keys = {"onFailure": "commit", "verified": {"context": "flux/*"}, "dashboard": True}
    rules = [{"match": "*", "versions": {"latest": 1}}]

    def sync():
        delivery = fleet.delivery | keys
        fleet.project.environment(policy=rules, delivery=delivery, serving={"agent": True})
        fleet.sync()

    sync()
    fleet.forge.merge(2)
    sync()
    fleet.project.publish("b", 1)
    sync()
    said = "failure" if is_github else "failed", "failed-in-pods: dev {a 2 (x)}"
    fleet.forge.post(fleet.forge.tip("main"), "flux/dev", *said)
    fleet.tick("hold a")
    sync()

    assert fleet.served() == [1]
    assert "onHold" not in fleet.lock("main")
    assert fleet.forge.issues[0].comments == []
    sync()
    assert "onHold" not in fleet.lock("main")
    assert fleet.lock()["onHold"] == [{"model": "a", "by": "ada"}]
    assert "proposed in http" in fleet.said
