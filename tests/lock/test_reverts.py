"""What people took back on the branch stays away until the policy or the candidates are new."""

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from generator.lock.lock import Lock, LockState
from generator.lock.notes import Removed
from generator.lock.proposed import Proposed
from generator.lock.reverts import proposed_again, reverted
from generator.plan import facts
from tests.kit.committed import GENERATED, LOCK, served, write_policy
from tests.kit.project import ProjectFolder
from tests.kit.strategies import model, version


def test_a_reverted_change_is_not_made_again(project, origin, git):
    """The sync holds the model, says so, and commits nothing; strictly, that is exit 7."""
    git("revert", "--no-edit", "HEAD")
    before = len(origin.log())

    result = project.run("sync", "--strict")

    assert result.exit_code == 7
    assert served(origin) == [1]
    assert len(origin.log()) == before
    assert "from 1 to 1, 2; neither its rules nor its candidates are new" in result.stdout


def test_a_revert_is_respected_after_a_squash_merge(project, origin, git):
    """The commit says nothing of ours; the content does."""
    old = git("rev-parse", "HEAD~1").strip()
    git("rm", "-rq", GENERATED)
    git("checkout", old, "--", GENERATED)
    git("commit", "-q", "-m", "Fix the outage (#7)")

    project.run("sync")

    assert served(origin) == [1]


def test_a_revert_of_several_commits_is_respected(project, origin, git):
    """Every state that stood above the one that a person went back to was taken back."""
    project.publish("a", 3)
    project.run("sync")
    project.run("sync")
    assert served(origin) == [2, 3]
    git("revert", "--no-edit", "HEAD", "HEAD~1", "HEAD~2")

    result = project.run("sync")

    assert served(origin) == [1]
    assert "taken-back" in result.stdout


def test_a_new_version_ends_the_hold(project, origin, git):
    """New candidates are a new situation: the person took back another change."""
    git("revert", "--no-edit", "HEAD")
    project.run("sync")
    project.publish("a", 3)

    project.run("sync")
    project.run("sync")

    assert served(origin) == [2, 3]


def test_another_rule_ends_the_hold(project, origin, git):
    """A person who edits the policy has decided."""
    git("revert", "--no-edit", "HEAD")
    project.run("sync")
    write_policy(project, {"match": "a", "versions": {"pin": [2]}})

    project.run("sync")

    assert served(origin) == [1, 2]


def test_retake_makes_the_change_again(project, origin, git):
    """And later syncs know of nothing."""
    git("revert", "--no-edit", "HEAD")

    result = project.run("sync", "--retake", "a")

    assert served(origin) == [1, 2]
    assert "taken-back" not in result.stdout
    assert "nothing to commit" in project.run("sync").stdout


def test_retake_of_what_was_not_taken_is_a_warning(project, origin, git):
    """A misspelt model must not look like success."""
    git("revert", "--no-edit", "HEAD")

    result = project.run("sync", "--retake", "b")

    assert served(origin) == [1]
    assert "--retake b" in result.stdout


def test_a_hold_outlives_commits_for_other_models(project, origin, git):
    """The lock remembers what the history shows no longer at a glance."""
    git("revert", "--no-edit", "HEAD")
    project.publish("b", 1)
    project.run("sync")
    project.publish("b", 2)
    project.run("sync")
    assert served(origin, "b") == [1, 2]

    result = project.run("sync")

    assert served(origin) == [1]
    assert "taken-back" in result.stdout
    project.run("sync", "--retake", "a")
    assert served(origin) == [1, 2]
    assert "takenBack" not in json.loads(origin.files()[LOCK])


def test_a_revert_of_the_revert_is_a_change_of_a_person(project, origin, git):
    """What is served is what the policy wants: nothing to hold, nothing to do."""
    git("revert", "--no-edit", "HEAD")
    git("revert", "--no-edit", "HEAD")

    result = project.run("sync")

    assert served(origin) == [1, 2]
    assert "nothing to commit" in result.stdout
    assert "taken-back" not in result.stdout


def test_a_model_whose_first_commit_is_reverted_stays_away(project, origin, git):
    """It stood there, with the same rules and candidates."""
    project.publish("b", 1)
    project.run("sync")
    git("revert", "--no-edit", "HEAD")

    result = project.run("sync")

    assert served(origin, "b") is None
    assert "from nothing to 1" in result.stdout


def test_the_very_first_commit_may_be_reverted(tmp_path, origin, git):
    """Then there is no lock at all, and the past tells."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.publish("a", 1)
    project.environment()
    project.run("sync")
    git("revert", "--no-edit", "HEAD")

    result = project.run("sync")

    assert "taken-back" in result.stdout
    assert not origin.files()


def test_our_own_going_back_and_forth_is_no_taking_back(project, origin):
    """Excluded, then included again: the rules changed in between."""
    write_policy(project, {"match": "a", "exclude": True}, latest=2)
    project.run("sync", "--allow-removals")
    assert served(origin) is None
    write_policy(project, latest=2)

    result = project.run("sync")

    assert served(origin) == [1, 2]
    assert "taken-back" not in result.stdout


def test_rules_that_go_to_and_fro_are_no_taking_back(project, origin):
    """The same content, but by syncs: each is a generation of its own."""
    for latest in (1, 2, 1, 2):
        write_policy(project, latest=latest)
        project.run("sync")
        project.run("sync")

    assert served(origin) == [1, 2]


def test_a_removal_that_is_reverted_is_not_made_again(project, origin, git):
    """The model stays; a new rule is a new decision."""
    write_policy(project, {"match": "a", "exclude": True}, latest=2)
    project.run("sync", "--allow-removals")
    git("revert", "--no-edit", "HEAD")

    result = project.run("sync", "--allow-removals")

    assert served(origin) == [1, 2]
    assert "from 1, 2 to nothing" in result.stdout
    project.environment(policy=[{"match": "other-*"}])
    project.run("sync", "--allow-removals")
    assert served(origin) is None


def test_a_reverted_step_is_respected_over_http(project, origin, git, git_server):
    """As much of the past is fetched as the question takes."""
    git("revert", "--no-edit", "HEAD")
    for number in range(3):
        origin.commit({"other.txt": str(number).encode()}, "somebody else's commit")
    policy = [{"match": "*", "versions": {"latest": 2}}]
    project.environment(policy=policy, delivery={"repository": git_server.url, "settle": "0s"})

    result = project.run("sync")

    assert served(origin) == [1]
    assert "taken-back" in result.stdout


def test_explain_tells_of_it(project, git):
    """Whoever asks why a version is not served gets the reason and the way out."""
    git("revert", "--no-edit", "HEAD")

    result = project.run("explain", "dev", "a")

    assert "taken-back" in result.stdout


def test_a_plan_shows_what_a_sync_holds(project, git):
    """In JSON with its code, for the model as a whole."""
    git("revert", "--no-edit", "HEAD")

    plan = json.loads(project.run("plan", "dev", "--format", "json").stdout)

    [held] = plan["held"]
    assert (held["code"], held["model"], held["version"]) == ("taken-back", "a", None)
    assert not plan["changed"]


def test_a_model_that_was_taken_back_to_a_broken_version_is_degraded(project, origin, git):
    """It stays as the person left it, and the run says what that is."""
    git("revert", "--no-edit", "HEAD")
    (project.store / "a/1/saved_model.pb").write_bytes(b"overwritten")

    result = project.run("sync", "--reprove")

    assert served(origin) == [1]
    assert "taken-back" in result.stdout
    assert "degraded: a 1" in result.stdout


def test_a_first_commit_that_was_reverted_long_ago_is_forgotten(tmp_path, origin, git):
    """Where there is no lock, the past is searched for fifty commits and not to its start."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.publish("a", 1)
    project.environment()
    project.run("sync")
    git("revert", "--no-edit", "HEAD")
    for number in range(facts.LOOK_BACK):
        origin.commit({"other.txt": str(number).encode()}, "somebody else's commit")

    project.run("sync")

    assert served(origin) == [1]


def test_a_hold_outlives_a_passing_fault(project, origin, git):
    """An object is missing for one sync, which commits something else, and comes back."""
    git("revert", "--no-edit", "HEAD")
    project.run("sync")
    target = project.store / "a/2/saved_model.pb"
    data = target.read_bytes()
    target.unlink()
    project.publish("b", 1)
    project.run("sync", "--reprove")
    target.write_bytes(data)

    result = project.run("sync", "--reprove")

    assert served(origin) == [1]
    assert "taken-back" in result.stdout


def test_a_rollback_after_a_revert_pins_what_is_served(project, origin, git):
    """The person is back already; the policy is to say so too."""
    git("revert", "--no-edit", "HEAD")

    result = project.run("rollback", "dev", "a", "--write")
    project.run("sync")

    assert result.exit_code == 0, result.output
    assert "pin: [1]" in (project.root / "environments/dev.yaml").read_text()
    assert served(origin) == [1]


def lock(generation: int, *numbers: int, inputs: str = "i") -> Lock:
    """Return a lock with versions of the model `a`; each number of versions has its inputs."""
    versions = [version("a", number) for number in numbers]
    one = model("a", *versions) if versions else None
    models = (one,) if one else ()
    models = tuple(type(it)(it.name, it.base_path, it.versions, (), inputs) for it in models)
    return Lock("prod", "s3://models", models, own_generation=generation)


def states(*locks: Lock) -> list[LockState]:
    """Return the states of a branch that got *locks*, newest first."""
    return [LockState(datetime(2026, 1, 1, tzinfo=UTC), it) for it in locks]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], set()),
        ([lock(1, 1)], set()),
        ([lock(2, 1, 2), lock(1, 1)], set()),
        ([lock(1, 1), lock(2, 1, 2), lock(1, 1), lock(0)], {("a", "i")}),
        ([lock(2, 1), lock(2, 1, 2), lock(1, 1)], {("a", "i")}),
        ([lock(2, 9), lock(1, 1), lock(2, 1, 2), lock(1, 1)], set()),
        ([lock(1, 1), lock(1, 1), lock(2, 1, 2), lock(2, 1, 2), lock(1, 1)], {("a", "i")}),
        ([lock(0), lock(1, 1), lock(0)], {("a", "i")}),
        (
            [lock(1), lock(3, 1, 2, inputs="k"), lock(2, 1, inputs="j"), lock(1), lock(0, 9)],
            {("a", "j"), ("a", "k")},
        ),
    ],
)
def test_what_stood_above_the_newest_lock_was_taken_back(history, expected):
    """A generation that does not go up was made by a person."""
    assert reverted(states(*history)) == expected


def test_no_more_of_the_past_is_read_than_needed():
    """A branch may have a hundred thousand commits."""
    past = iter(states(lock(5, 1), lock(4, 1, 2), lock(3, 1)))

    reverted(past)

    assert next(past).lock.generation == 3


def test_what_a_lock_remembers_counts():
    """Also when the branch's past shows nothing."""
    tip = Lock("prod", "s3://models", own_generation=4, taken_back=(("a", "i"),))

    assert reverted(states(tip, lock(3, 1))) == {("a", "i")}


def test_only_what_a_proposal_changes_is_asked_for_again():
    """A model that stays as it is says nothing, even where a step of its change was taken back."""
    now, then = lock(1, 1), lock(2, 1, 2)
    both = replace(then, models=(*then.models, model("b", version("b", 1))))

    assert proposed_again(Proposed(now, now), now) == frozenset()
    assert proposed_again(Proposed(then, now), now) == {("a", "i")}
    assert ("a", "i") not in proposed_again(Proposed(both, then), then)
    gone = replace(lock(2), removed=(Removed("a", "k", 3),))
    assert proposed_again(Proposed(gone, now), now) == {("a", "k")}


def test_what_a_proposal_has_of_the_branch_as_it_was_is_not_asked_for_again():
    """People may have taken that back since it was made."""
    now, then = lock(1, 1), lock(2, 1, 2)
    both = replace(then, models=(*then.models, model("b", version("b", 1))))

    assert {name for name, _ in proposed_again(Proposed(both, then), now)} == {"b"}
