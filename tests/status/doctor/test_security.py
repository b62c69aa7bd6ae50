"""The security checklist: each line of it, good and bad."""

import pytest
from msgspec.structs import replace

from generator.delivery.branch_rules import BranchRules
from generator.environment.environment import Choice, Rule
from generator.errors import PublishError
from generator.status.doctor import security
from generator.status.doctor.ports import Machine
from tests.kit.environments import environment

OPEN = BranchRules(may_write=True, is_protected=False, needs_review=False)
REVIEWED = BranchRules(may_write=True, is_protected=True, needs_review=True)
UNTOLD = BranchRules(may_write=True, is_protected=True)
CLOSED = BranchRules(may_write=True, may_push=False, is_protected=True)
UNKNOWN = PublishError("no token", hint="set one")


@pytest.mark.parametrize(
    ("mode", "rules", "is_last", "level"),
    [
        ("pull-request", REVIEWED, True, "ok"),
        ("pull-request", OPEN, False, "warn"),
        ("pull-request", UNTOLD, False, "warn"),
        ("commit", None, False, "ok"),
        ("commit", OPEN, False, "ok"),
        ("commit", UNKNOWN, False, "ok"),
        ("commit", None, True, "warn"),
        ("commit", REVIEWED, False, "warn"),
        ("commit", CLOSED, True, "fail"),
    ],
)
def test_review_is_what_the_mode_and_the_branch_make_of_it(mode, rules, is_last, level):
    """A pull request that may be passed by asks nobody; what may not be pushed is no commit.

    A branch that takes only pull requests may take the commits of who may bypass that.
    """
    [found] = security.review(environment(delivery={"mode": mode}), rules, is_last=is_last)

    assert found.level == level
    assert bool(found.remedy) == (level != "ok")
    assert found.exit_code == (5 if level == "fail" else 0)


def test_a_push_over_ssh_is_not_that_of_the_token():
    """The forge tells of the token; a key may belong to somebody else."""
    over_ssh = environment(delivery={"repository": "git@git.example:acme/fleet.git"})

    [found] = security.review(over_ssh, CLOSED, is_last=False)

    assert (found.level, found.exit_code) == ("warn", 0)


def test_what_the_forge_does_not_answer_is_told_of_the_forge_and_not_again():
    """One cause, one line."""
    mode = environment(delivery={"mode": "pull-request"})

    assert not list(security.review(mode, UNKNOWN, is_last=True))


def test_what_is_not_told_is_not_taken_for_a_no():
    """An answer without the rules says neither that there are some nor that there are none."""
    mode = environment(delivery={"mode": "pull-request"})
    said = {
        rules: next(security.review(mode, rules, is_last=False)).message
        for rules in (BranchRules(), UNTOLD, OPEN)
    }

    assert said[BranchRules()] == said[UNTOLD]
    assert "does not tell" in said[UNTOLD]
    assert "takes pushes too" in said[OPEN]


def test_a_merge_by_itself_on_an_open_branch_is_named():
    """Nobody may have looked at it."""
    merging = {"mode": "pull-request", "pullRequest": {"autoMerge": True}}

    [found] = security.review(environment(delivery=merging), OPEN, is_last=False)

    assert "autoMerge" in found.message


@pytest.mark.parametrize(
    ("delivery", "source", "keys"),
    [
        ({}, {}, []),
        ({"repository": "git@git.example:acme/fleet.git"}, {}, []),
        ({"repository": "http://127.0.0.1:3000/fleet.git"}, {"endpoint": "http://[::1]:9000"}, []),
        ({"repository": "http://git.example/fleet.git"}, {}, ["spec.delivery.repository"]),
        ({}, {"endpoint": "HTTP://minio.example"}, ["spec.source.endpoint"]),
        ({}, {"events": {"queue": "http://sqs.example/1/q"}}, ["spec.source.events.queue"]),
        (
            {"forge": {"type": "gitlab", "apiUrl": "http://git.example/api/v4"}},
            {"endpoint": "http://127.0.0.1.evil.example"},
            ["spec.delivery.forge.apiUrl", "spec.source.endpoint"],
        ),
    ],
)
def test_what_goes_in_the_clear_beyond_this_machine_is_named(delivery, source, keys):
    """By its key; on this machine nobody is on the way."""
    found = security.transport(environment(delivery=delivery, source=source))

    assert found.level == ("warn" if keys else "ok")
    assert not keys or found.message.startswith(", ".join(keys) + ":")


MACHINE = Machine(
    "1",
    "3",
    None,
    None,
    is_shared=True,
    code_owners="/environments/prod.yaml @ada\n/templates/ @ada",
)


def test_a_token_of_many_repositories_is_named_and_of_others_it_is_asked():
    """That no forge tells of more does not mean that there is no more."""
    wide = security.token(BranchRules(may_write=True, scopes=("repo", "workflow")))
    untold = security.token(BranchRules(may_write=True))

    assert wide.level == "warn"
    assert "may repo, workflow in every repository" in wide.message
    assert untold.level == "ask"


def test_a_policy_that_anybody_may_approve_is_named():
    """That of the environment, what it extends, and the templates: of pods, of pull requests."""
    prod = environment()
    [alone] = security.owners(prod, replace(MACHINE, code_owners=None))
    [based] = security.owners(replace(prod, bases=("_base",)), MACHINE)
    [owned] = security.owners(prod, MACHINE)
    [drawn] = security.owners(prod, replace(MACHINE, code_owners="/environments/ @ada"))

    assert (alone.level, based.level, owned.level) == ("warn", "warn", "ok")
    assert (drawn.level, "templates/" in drawn.message) == ("warn", True)
    assert "environments/_base.yaml" in based.message
    assert "environments/prod.yaml" not in based.message


def test_in_a_folder_of_a_repository_owners_are_named_from_its_top():
    """As a forge reads them: those of other paths approve nothing here."""
    below = replace(MACHINE, below="ml/models")
    at_top = replace(below, code_owners="/ml/models/environments/ @ada\n/ml/models/templates/ @ada")
    [wrong] = security.owners(environment(), below)
    [right] = security.owners(environment(), at_top)

    assert (wrong.level, right.level) == ("warn", "ok")
    assert "`/ml/models/environments/prod.yaml @org/team`" in wrong.remedy


def test_a_project_of_one_person_has_no_owners():
    """There is no origin that others push to."""
    alone = replace(MACHINE, is_shared=False, code_owners=None)

    assert not list(security.owners(environment(), alone))


def test_the_last_environment_takes_from_others_and_none_from_it():
    """One alone is not the last of anything."""

    def named(name, source=None):
        choice = Choice(latest=1, source=source)
        return replace(environment(), name=name, policy=(Rule("*", "x:1", versions=choice),))

    chain = [named("dev"), named("staging", "dev"), named("prod", "staging"), named("eu", "dev")]

    assert security.last_of(chain) == {"prod", "eu"}
    assert security.last_of([named("dev")]) == frozenset()
