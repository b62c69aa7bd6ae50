"""What both forges do with issues: the real client libraries, over HTTP, on stand-ins."""

from contextlib import suppress

import pytest

from generator.delivery.forge import open_issues
from generator.delivery.forge.retry import Patience
from generator.delivery.forge.written import with_marker
from generator.delivery.issue import Issue
from generator.delivery.keep_issue import Text, keep
from generator.errors import PublishError
from generator.limits.issues import ISSUES_SEEN
from tests.kit.forges import at_once, delivery, refused
from tests.servers.forge import TOKEN, Fault

MARKER = "<!-- tfs-gitops dashboard prod / -->"
BODY = f"text\n\n{MARKER}\n"


def issues(state, token=TOKEN):
    """Return the port to the stand-in."""
    return open_issues(delivery(state), {"TFS_GITOPS_TOKEN": token}, Patience(sleep=at_once))


def test_what_is_opened_is_found_by_its_marker(forge):
    """With its number, its page for people, its text and its state."""
    port = issues(forge)

    opened = port.open("tfs-gitops: prod", BODY)

    [ticket] = forge.issues
    assert (ticket.title, ticket.body) == ("tfs-gitops: prod", BODY)
    assert port.own(MARKER) == (opened,)
    assert port.own("<!-- another -->") == ()
    assert opened.url.startswith(f"{forge.url}/{forge.project}/")
    assert opened.says(BODY)
    assert opened.is_open


def test_an_issue_of_another_author_is_none_of_ours_whatever_it_says(forge):
    """Anybody may copy a marker."""
    forge.write_issue("mine", BODY, "mallory")

    assert issues(forge).own(MARKER) == ()


def test_an_update_changes_the_text_alone_and_opens_what_is_closed(forge):
    """The title is what people made of it."""
    port = issues(forge)
    opened = port.open("title", BODY)
    forge.issues[0].title, forge.issues[0].state = "theirs", "closed"
    [closed] = port.own(MARKER)

    after = port.update(closed, f"new\n{MARKER}")

    assert not closed.is_open
    assert (after.number, after.is_open) == (opened.number, True)
    assert (forge.issues[0].title, forge.issues[0].state) == ("theirs", "open")
    assert port.read(opened.number).says(f"new\n{MARKER}")


def test_a_closed_issue_says_why(forge):
    """In a comment."""
    port = issues(forge)
    port.close(port.open("title", BODY), "a duplicate")

    [ticket] = forge.issues
    assert (ticket.state, ticket.comments) == ("closed", ["a duplicate"])


def test_the_oldest_comes_first_and_is_found_behind_others(forge):
    """Those that were changed last are read first, to the end of a page that has one."""
    port = issues(forge)
    first, second = port.open("title", BODY), port.open("title", BODY)
    for number in range(60):
        forge.write_issue(f"other {number}", "", forge.issues[0].author)

    assert [one.number for one in port.own(MARKER)] == [first.number, second.number]


def test_an_author_of_too_many_is_told_and_nothing_is_taken_for_absent():
    """It may be among those that nobody looked through; pull requests count, and are none."""
    mine = Issue(1, "", "", "title", BODY, is_open=True)
    page = [None] * (ISSUES_SEEN - 1)

    assert with_marker([page], MARKER) == ()
    assert with_marker([page, [mine]], MARKER) == (mine,)
    with pytest.raises(ValueError, match="more than 2,500 issues"):
        with_marker([page, [None, None], [mine]], MARKER)


@pytest.mark.parametrize("body", ["{}", "[1]", '[{"number": 1}]', "null", '{"data": null}', "["])
def test_an_odd_answer_is_an_error_with_words(forge, body):
    """Whatever a proxy, or another release, makes of it."""
    for after in range(4):
        forge.faults[:] = [Fault(200, body, after=after)]
        with suppress(PublishError):
            port = issues(forge)
            port.own(MARKER)
            port.editors(port.read(101))


def test_a_repository_without_issues_says_so(forge):
    """With the next step."""
    port = issues(forge)
    assert port.are_on()

    forge.has_issues = False

    assert not issues(forge).are_on()
    refused(port.open, "title", BODY)


def test_a_token_without_the_right_is_told_which_it_lacks(forge):
    """Not that of pull requests."""
    forge.may_write_issues = False

    error = refused(issues(forge).open, "title", BODY)

    assert "write issues" in error.hint or "as a Reporter" in error.hint


def test_an_issue_that_was_edited_since_it_was_found_is_not_written(forge):
    """Nor answered: what was ticked meanwhile must not be lost, and the next sync answers all."""
    port = issues(forge)
    found = port.open("title", BODY)
    forge.issues[0].edit("ada", f"- [x] mine\n{BODY}")

    kept = keep(port, Text("title", f"new\n{MARKER}", MARKER), found, "answers")

    assert forge.issues[0].comments == []
    assert forge.issues[0].body == f"- [x] mine\n{BODY}"
    assert "edited meanwhile" in kept.notices[0]


def test_of_two_syncs_that_open_one_at_once_both_keep_the_older(forge):
    """And the other one is closed."""
    port = issues(forge)
    older = port.open("title", BODY)

    kept = keep(port, Text("title", BODY, MARKER), None)

    assert kept.issue.number == older.number
    assert [one.state for one in forge.issues] == ["open", "closed"]


def edited(forge, *people):
    """Return who has edited an issue since we wrote it, which *people* did one after the other."""
    port = issues(forge)
    found = port.update(port.open("title", BODY), f"- [ ] <!-- box --> x\n{BODY}")
    for who in people:
        forge.issues[0].tick(who, "<!-- box -->")
    return port.editors(found)


@pytest.mark.parametrize(
    ("people", "unproven"),
    [
        (("ada",), ""),
        (("ada", "ada"), ""),
        (("bob",), "bob may not write"),
        (("ada", "bob"), "bob may not write"),
        ((), "nobody but the account of the sync"),
    ],
)
def test_an_edit_counts_if_all_who_edited_since_we_did_may_write(forge, people, unproven):
    """Nobody knows which of several ticked; who may edit issues alone is proven to be no writer."""
    found = edited(forge, *people)

    assert sorted(found.names) == sorted(set(people))
    assert (unproven in found.unproven) if unproven else not found.unproven


def test_what_people_did_before_we_wrote_last_does_not_count(forge):
    """It is answered already."""
    port = issues(forge)
    found = port.open("title", BODY)
    forge.issues[0].edit("bob", BODY)
    port.update(found, f"- [ ] <!-- box --> x\n{BODY}")
    forge.issues[0].tick("ada", "<!-- box -->")

    assert port.editors(found).names == ("ada",)


def test_an_app_that_is_not_ours_proves_nothing(forge):
    """On GitHub nobody can ask for whom it acts; on GitLab one is a member like others."""
    forge.apps = {"other"}
    forge.writers.discard("ada")

    assert edited(forge, "other").unproven


def test_an_edit_before_more_notes_than_are_looked_through_is_by_nobody_known(forge):
    """Else who may not write could tick a box, and bury that below comments."""
    port = issues(forge)
    opened = port.open("title", BODY)
    forge.issues[0].edit("bob", BODY)
    forge.issues[0].edits += [("ada", "changed the title")] * 200
    forge.issues[0].edit("ada", BODY)

    assert port.editors(opened).unproven
