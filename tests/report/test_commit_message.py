"""The message of a commit: our lines, and no other."""

import subprocess

from hypothesis import given, settings

from generator.lock.changes import Action, Change
from generator.lock.lock import Lock
from generator.plan.plan import Plan
from generator.render.templates import Templates
from generator.report import commit_message
from tests.kit.examples import examples
from tests.kit.hostile import assert_inert, plans
from tests.kit.strategies import URL, model, version

TEMPLATES = Templates()


@settings(max_examples=examples(60))
@given(plans(most=3))
def test_a_commit_message_of_hostile_names_has_our_lines_only(plan):
    """One line for each change, and no trailer but ours, as Git reads them."""
    text = commit_message.commit_message(plan, TEMPLATES)

    subject, blank, rest = text.split("\n", 2)
    assert len(subject) <= 72
    assert blank == ""
    lines, trailers = rest.rstrip("\n").split("\n\n")
    assert len(lines.split("\n")) == len(plan.changes) + len(plan.deferred)
    keys = [line.partition(":")[0] for line in trailers.split("\n")]
    assert keys.count("Tfs-Change") == len(plan.changes)
    assert set(keys) <= {"Tfs-Environment", "Tfs-Change", "Tfs-Index", "Tfs-Input-Digest"}
    for line in text.split("\n"):
        if not line.startswith("Tfs-Index: "):
            assert_inert(line)
        assert line == "" or line.isprintable() or "\u200b" in line


def test_git_reads_our_trailers_and_no_other(tmp_path):
    """`git interpret-trailers --parse`, on a model that tries to add one."""
    change = Change(
        "a\n\nTfs-Environment: other", None, model("a", version("a", 1)), ("x\nTfs-X: y",)
    )
    text = commit_message.commit_message(Plan("prod", Lock("prod", URL), (change,)), TEMPLATES)

    command = ["git", "interpret-trailers", "--parse"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)

    keys = [line.partition(":")[0] for line in done.stdout.splitlines()]
    assert keys == ["Tfs-Environment", "Tfs-Change", "Tfs-Index", "Tfs-Input-Digest"]


def test_an_action_is_told_from_the_contents():
    """A file is added, changed or removed; one that is alike is no change."""
    plan = Plan("prod", Lock("prod", URL)).against(
        {"new": b"", "both": b"1", "same": b""}, {"old": b"", "both": b"2", "same": b""}
    )

    assert [(one.path, one.action) for one in plan.files] == [
        ("both", Action.UPDATE),
        ("new", Action.ADD),
        ("old", Action.REMOVE),
    ]
