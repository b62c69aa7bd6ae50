"""The message of a commit: our lines, and no other."""

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.lock.changes import Action, Change
from generator.lock.lock import Lock
from generator.plan.plan import Plan
from generator.plan.settings import Effect, Setting
from generator.render.templates import Templates
from generator.report import commit_message
from tests.kit.examples import examples
from tests.kit.hostile import assert_inert, plans, texts
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
    assert len(lines.split("\n")) == len(plan.changes) + len(plan.deferred) + len(plan.forgotten)
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


def setting(key="serving.image", before="s:1", after="s:2", *, inherited=False):
    """Return a setting that replaces every pod."""
    return Setting(key, before, after, "environments/dev.yaml:14", inherited, Effect.RESTART)


def test_a_setting_is_in_subject_body_and_trailers():
    """As a model is: a reviewer approves the commit from its text alone."""
    plan = Plan("prod", Lock("prod", URL), settings=(setting(inherited=True),))

    text = commit_message.commit_message(plan, TEMPLATES)

    assert text.startswith("models(prod): image 2\n\n")
    line = "update serving.image 1 -> 2 (environments/dev.yaml:14, inherited by prod): restart"
    assert f"\n{line}\n" in text
    assert "\nTfs-Change: serving.image 1 -> 2\n" in text


def test_models_come_before_settings_and_a_long_subject_counts_the_rest():
    """It is cut at a whole change."""
    change = Change("a", None, model("a", version("a", 1)), ())
    both = Plan("prod", Lock("prod", URL), (change,), (setting(),))
    many = tuple(setting(f"serving.flags.number-{number}") for number in range(99))

    assert commit_message.subject(both) == "models(prod): a +1, image 2"
    subject = commit_message.subject(Plan("prod", Lock("prod", URL), settings=many))
    assert subject == "models(prod): flags.number-0 s:2, flags.number-1 s:2, 97 more"
    long = Plan("p" * 45, Lock("prod", URL), settings=many)
    assert commit_message.subject(long) == f"models({'p' * 45}): 99 settings"


@given(
    st.lists(
        st.builds(setting, st.just("serving.flags.x"), texts, texts, inherited=st.booleans()),
        min_size=1,
        max_size=3,
    )
)
def test_hostile_values_of_settings_add_no_line_and_no_trailer(found):
    """A policy may come from a fork."""
    text = commit_message.commit_message(
        Plan("prod", Lock("prod", URL), settings=tuple(found)), TEMPLATES
    )

    assert len(text.split("\n")) == 1 + 1 + len(found) + 1 + 2 + len(found) + 1
    for line in text.split("\n"):
        assert_inert(line)


def test_the_subject_begins_with_the_setting_that_does_most_to_pods():
    """The rest may be cut off."""
    mild = replace(setting("serving.a", 1, 2), effect=Effect.SCALE)
    outage = replace(setting("serving.namespace", "a", "b"), effect=Effect.OUTAGE)
    plan = Plan("prod", Lock("prod", URL), settings=(mild, outage))

    assert commit_message.subject(plan) == "models(prod): namespace b, a 2"


def test_other_settings_are_another_input_digest():
    """Whoever compares commits by it sees that something else was asked for."""
    locks = [Lock("prod", URL, settings={"serving": {"replicas": count}}) for count in (1, 2)]
    locks.append(Lock("prod", URL))

    texts = [commit_message.commit_message(Plan("prod", lock), TEMPLATES) for lock in locks]

    assert len({text.partition("Tfs-Input-Digest: ")[2] for text in texts}) == 3
