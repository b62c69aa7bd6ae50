"""Commit statuses that an environment waits for: whether somebody posts them, and who."""

import pytest
from msgspec.structs import replace

from generator.environment.delivery import VerifiedBy
from generator.errors import PublishError
from generator.lock.commit_status import CommitStatus, StatusState
from generator.status.doctor import verified
from tests.kit.strategies import environment

PROD = environment()


def status(context, by="flux[bot]", said=""):
    """Return a success."""
    return CommitStatus(context, StatusState.SUCCESS, said, by)


def told(by, *posted):
    """Return the levels and the texts of what is found."""
    found = [*verified.findings(PROD, by, posted)]
    return [(str(it.level), it.message) for it in found]


BOTH = VerifiedBy("flux/*", ("flux[bot]",))
GOOD, LINT = status("flux/prod"), status("lint", "ci")


def test_a_context_that_is_posted_by_who_is_believed_is_well():
    """Not each commit has one: servers skip some."""
    matches = "a status that spec.delivery.verified.context 'flux/*' matches"
    assert told(BOTH, [GOOD], [], [LINT, GOOD]) == [
        ("ok", f"2 of the newest 3 commits of main have {matches}: 'flux/prod' by flux[bot]")
    ]
    assert told(BOTH, [GOOD]) == [
        ("ok", f"the newest commit of main has {matches}: 'flux/prod' by flux[bot]")
    ]


@pytest.mark.parametrize(
    ("by", "posted", "said"),
    [
        (
            BOTH,
            [[LINT], []],
            (
                "the newest 2 commits of main have 'lint' by ci, and nothing that "
                "spec.delivery.verified.context 'flux/*' matches; steps in Git, and what others "
                "take `from: prod`, wait for a success"
            ),
        ),
        (
            BOTH,
            [[]],
            (
                "the newest commit of main has no commit status; spec.delivery.verified.context is "
                "'flux/*'"
            ),
        ),
        (
            BOTH,
            [[status("flux/dev", said="failed-in-pods: dev {a 1}")], []],
            (
                "the newest 2 commits of main have 'flux/dev' by flux[bot], which "
                "spec.delivery.verified.context 'flux/*' matches, and which says to be of dev: it "
                "does not count for prod"
            ),
        ),
        (
            VerifiedBy("flux/*", ("fluxbot",)),
            [[GOOD]],
            "'flux/prod' by flux[bot]; none counts, as spec.delivery.verified.by names fluxbot",
        ),
    ],
    ids=["another-context", "nothing", "of-another-environment", "nobody-who-posts"],
)
def test_what_never_comes_is_told_with_what_is_there(by, posted, said):
    """What waits for it would wait for ever, and nobody would know why."""
    [(level, text)] = told(by, *posted)
    assert level == "warn"
    assert said in text


@pytest.mark.parametrize(
    ("posted", "step"),
    [
        ([[LINT], []], "set spec.delivery.verified.context to the one of them that tells of prod"),
        ([[], []], "let Flux or Argo CD post it (docs/verify.md)"),
        (
            [[], [status("flux/dev", said="failed-in-pods: dev {a 1}")]],
            "let what asks the pods of prod post one too",
        ),
        ([[]], "look again some minutes after the commit"),
    ],
    ids=["another-context", "nothing", "of-another-environment", "one-commit"],
)
def test_each_reason_for_which_none_counts_has_its_own_next_step(posted, step):
    """A context that matches is not told to be set to itself."""
    [found] = verified.findings(PROD, BOTH, posted)
    assert found.remedy.startswith(step)


def test_a_name_that_never_posted_one_is_told_beside_those_that_did():
    """It may be misspelled: then a day comes on which nobody is believed."""
    ok, (level, text) = told(VerifiedBy("flux/*", ("Flux[bot]", "ann")), [GOOD])
    assert ok[0] == "ok"
    assert (level, "names ann, who posted none" in text) == ("warn", True)


def test_without_names_everybody_is_believed_which_is_a_warning():
    """With those who post now, to be copied."""
    [_, found] = verified.findings(PROD, VerifiedBy("flux/*"), [[GOOD]])
    assert (str(found.level), found.remedy) == (
        "warn",
        'set spec.delivery.verified.by: ["flux[bot]"], if that is Flux or Argo CD',
    )
    assert [level for level, _ in told(VerifiedBy("flux/*"), [replace(GOOD, by="")])][1] == "warn"


def test_what_the_forge_does_not_say_is_not_known():
    """A sync goes on without it: what waits for a status waits."""
    [found] = verified.findings(PROD, BOTH, PublishError("HTTP 403", hint="let it read them"))
    assert (str(found.level), found.remedy) == ("warn", "let it read them")
    assert "HTTP 403" in found.message
    assert told(BOTH) == [("ok", "there is no commit yet that could have a status")]
