"""The box `hold MODEL` of a dashboard: the model stays as it is, in Git, until it is let go."""

import json

import pytest

from tests.kit.reviewed_fleet import LOCK, reviewed


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet that serves one version, of which a newer one is there by now."""
    with reviewed(request.param, tmp_path, monkeypatch) as found:
        found.write(mode="commit", dashboard=True)
        found.sync()
        found.project.publish("a", 2)
        yield found


@pytest.fixture
def held(fleet):
    """Return the fleet whose model `ada` has put on hold."""
    fleet.tick("hold a")
    fleet.sync()
    return fleet


def lock(fleet):
    """Return the lock that Git has."""
    return json.loads(fleet.origin.files()[LOCK])


def versions(fleet):
    """Return what is served of the model."""
    return [it["version"] for it in lock(fleet)["models"]["a"]["versions"]]


def test_a_model_on_hold_stays_and_git_and_the_issue_say_for_whom(held):
    """By one commit, which changes no model; the next sync has nothing to do."""
    again = held.sync()

    assert versions(held) == [1]
    assert lock(held)["onHold"] == [{"model": "a", "by": "ada"}]
    message = held.origin.log()[0]
    assert message.startswith("models(dev): hold a by ada\n")
    assert "Tfs-Asked: hold a by ada" in message
    [ticket] = held.forge.issues
    assert "| a |  | on\\-hold | ada asked that it stays as it is: 1 |" in ticket.body
    assert "- [ ] <!-- tfs-gitops release a --> let go of `a`" in ticket.body
    assert "<!-- tfs-gitops hold a -->" not in ticket.body
    assert ticket.comments[0].startswith("hold `a`, ticked by ada: done in ")
    assert "until somebody ticks let go of `a` here" in ticket.comments[0]
    assert "nothing to commit" in again.stdout
    assert "ada asked that it stays as it is: 1" in again.stdout


def test_who_ticks_let_go_brings_what_the_policy_asks_for(held):
    """In the same sync."""
    held.tick("release a")

    held.sync()

    assert versions(held) == [1, 2]
    assert "onHold" not in lock(held)
    assert "Tfs-Asked: release a by ada" in held.origin.log()[0]
    assert "let go of `a`, ticked by ada: done in " in held.forge.issues[0].comments[-1]
    assert "on\\-hold" not in held.forge.issues[0].body


def test_a_command_lets_go_where_nobody_has_the_issue_any_more(held):
    """The dashboard may be off by now."""
    held.write(mode="commit")

    held.sync("--release", "a")

    assert versions(held) == [1, 2]
    assert "onHold" not in lock(held)
    assert "--release a: it is not on hold" in held.sync("--release", "a").stdout


def test_a_revert_of_the_commit_lets_go_too(held):
    """What Git says counts, whoever wrote it."""
    files = held.origin.files()
    data = lock(held)
    del data["onHold"]
    held.origin.commit(files | {LOCK: json.dumps(data).encode()}, 'Revert "hold"')

    held.sync()

    assert versions(held) == [1, 2]


def test_no_change_of_the_policy_moves_a_model_on_hold(held):
    """Whoever asked last did so beside it; a rule says how to let go."""
    held.write({"match": "*", "exclude": True}, mode="commit", dashboard=True)

    told = held.sync()

    assert told.exit_code == 0, told.output
    assert versions(held) == [1]
    assert "on-hold" in told.stdout
    assert "sync dev --release a" in told.stdout


def test_a_freeze_lets_a_hold_through_for_it_changes_no_pod(fleet):
    """Else the end of the freeze would bring just what nobody wants."""
    fleet.project.freeze()
    fleet.tick("hold a")
    before = fleet.origin.files()

    fleet.sync()

    after = fleet.origin.files()
    changed = {path for path in after if before.get(path) != after[path]}
    assert lock(fleet)["onHold"] == [{"model": "a", "by": "ada"}]
    assert {path.rpartition("/")[2] for path in changed} <= {"models.lock.json", "desired-0.json"}
    assert "hold `a`, ticked by ada: done in " in fleet.forge.issues[0].comments[0]


def test_who_may_not_write_puts_nothing_on_hold(fleet):
    """Nor does a tick that nobody is known to have made."""
    fleet.tick("hold a", who="bob")
    fleet.sync()

    assert "onHold" not in lock(fleet)
    assert fleet.forge.issues[0].comments == [
        "hold `a`: not obeyed: bob may not write the repository"
    ]


def test_a_model_that_is_not_served_is_not_put_on_hold(fleet):
    """The answer says that nothing was to be done."""
    body = fleet.forge.issues[0].body
    fleet.forge.issues[0].edit("ada", f"- [x] <!-- tfs-gitops hold b -->\n{body}")

    fleet.sync()

    assert "onHold" not in lock(fleet)
    assert "nothing is to be done" in fleet.forge.issues[0].comments[0]
