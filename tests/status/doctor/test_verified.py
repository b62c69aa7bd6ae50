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
    assert told(BOTH, [GOOD], [], [LINT, GOOD]) == [
        ("ok", "2 of the newest 3 commits have a status 'flux/*' by flux[bot]")
    ]
    assert told(BOTH, [GOOD])[0] == ("ok", "the newest commit has a status 'flux/*' by flux[bot]")


@pytest.mark.parametrize(
    ("by", "posted", "said"),
    [
        (
            BOTH,
            [[LINT], []],
            "none of the newest 2 commits has a status 'flux/*'; there is 'lint' by",
        ),
        (BOTH, [[]], "the newest commit has no status 'flux/*'; there is no other one"),
        (
            BOTH,
            [[status("flux/prod", said="failed-in-pods: dev {a 1}")]],
            "the newest commit has no status 'flux/*'",
        ),
        (
            VerifiedBy("flux/*", ("fluxbot",)),
            [[GOOD]],
            "spec.delivery.verified.by names fluxbot, so none counts",
        ),
    ],
    ids=["another-context", "nothing", "of-another-environment", "nobody-who-posts"],
)
def test_what_never_comes_is_told_with_what_is_there(by, posted, said):
    """What waits for it would wait for ever, and nobody would know why."""
    [(level, text)] = told(by, *posted)
    assert level == "warn"
    assert said in text


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
