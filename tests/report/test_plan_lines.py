"""A plan on a terminal: counted first and last, each kind of thing with its sign and its tone."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from generator.catalog.hold import Code, Held
from generator.environment.serving import Rollout, ServerSpec
from generator.lock.changes import Change
from generator.lock.lock import Lock
from generator.plan.plan import Deferred, FileChange, Plan
from generator.plan.pod_rollout import PodRollout
from generator.plan.settings import Effect, Setting
from generator.report.line import Line, Tone
from generator.report.plan_lines import plan_lines
from generator.report.summary import summary
from tests.kit.strategies import URL, model, served, version

NOW = datetime(2026, 11, 28, 20, 8, 46, tzinfo=UTC)
ONE, TWO = version("a", 1), version("a", 2)
GENERATED = "tf-serving/overlays/prod/generated"


def plan(*changes, **parts):
    """Return a plan of prod."""
    return Plan("prod", Lock("prod", URL), changes, **parts)


def updated(before=((ONE,), {}), after=((ONE, TWO), {})):
    """Return the change of a model, each side its versions and labels."""
    old, new = (model("a", *versions, **labels) for versions, labels in (before, after))
    return Change("a", old, new, ())


def later(model_name="a", minutes=10):
    """Return a step that waits so long; for ever with None."""
    due = None if minutes is None else NOW + timedelta(minutes=minutes)
    return Deferred(model_name, (2,), (), due, "reason")


def setting(key="serving.replicas", before=2, after=3, effect=Effect.SCALE):
    """Return a setting that dev.yaml sets, and prod inherits."""
    return Setting(key, before, after, "environments/dev.yaml:14", inherited=True, effect=effect)


HELD = Held(index="index-a.csv", code=Code.NOT_UTF8, problems=("x",))


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({}, "no change, 0 unchanged, 0 held"),
        ({"unchanged": 3, "held": (HELD,)}, "no change, 3 unchanged, 1 held"),
        ({"settings": (setting(),)}, "1 setting to change, 0 unchanged, 0 held"),
        (
            {"deferred": (later(),)},
            "no change now, 1 later (due 20:18 UTC, in 10m), 0 unchanged, 0 held",
        ),
        (
            {"deferred": (later(), later("b", 5), later("c", None))},
            "no change now, 3 later (the first due 20:13 UTC, in 5m), 0 unchanged, 0 held",
        ),
        ({"deferred": (later(minutes=None),)}, "no change now, 1 later, 0 unchanged, 0 held"),
        (
            {"deferred": (later(minutes=-1),)},
            "no change now, 1 later (due now), 0 unchanged, 0 held",
        ),
        (
            {"deferred": (later(minutes=240),)},
            "no change now, 1 later (due 2026-11-29 00:08 UTC, in 4h), 0 unchanged, 0 held",
        ),
    ],
)
def test_the_summary_counts_everything(parts, told):
    """What waits is no less a part of a plan than what is done now."""
    assert summary(plan(**parts), NOW) == told


def test_the_summary_has_no_clock_where_none_is_given():
    """A pull request is the same at whatever time it is written."""
    assert "(due 2026-11-28T20:18:46Z)" in summary(plan(deferred=(later(),)))


def test_models_and_settings_are_counted_together():
    """Each by what becomes of it."""
    change = updated()
    changes = (change, replace(change, model="b", before=None), replace(change, after=None))
    counts = summary(plan(*changes, settings=(setting(), setting("x"))), NOW)

    assert counts.startswith(
        "1 to add, 1 to update, 1 to remove, 2 settings to change, 0 unchanged, 0 held"
    )


@pytest.mark.parametrize(
    ("effect", "told"),
    [
        (Effect.NONE, ""),
        (Effect.HOT_RELOAD, ""),
        (Effect.SCALE, ", pods come or go"),
        (Effect.RESTART, ", every pod is replaced"),
        (Effect.OUTAGE, ", an outage"),
    ],
)
def test_the_counts_end_with_what_becomes_of_running_pods(effect, told):
    """Where they are not left alone: whoever reads one line knows that much."""
    file = FileChange("o/x", b"", b"1", effect)

    assert summary(plan(files=(file,)), NOW) == f"rendered files only, 0 unchanged, 0 held{told}"


def test_first_and_last_line_count_the_same():
    """A long plan ends where it began; one without any lines between is that line."""
    lines = plan_lines(plan(updated(), deferred=(later(),)), NOW)

    counts = lines[0].text.removeprefix("prod: ")
    assert counts == summary(plan(updated(), deferred=(later(),)), NOW)
    assert lines[-1] == Line(f"plan of prod: {counts}", Tone.HEADING)
    assert plan_lines(plan(), NOW) == [Line("prod: no change, 0 unchanged, 0 held", Tone.HEADING)]


def test_a_setting_has_a_line_of_its_own():
    """What was told as `serving configuration only`."""
    lines = plan_lines(plan(settings=(setting(effect=Effect.RESTART),)), NOW)

    told = "serving.replicas 2 -> 3 (environments/dev.yaml:14, inherited by prod): restart"
    assert lines[1] == Line(f"  ~ {told}", Tone.UPDATE)


def test_a_setting_that_comes_is_added_and_one_that_goes_is_removed():
    """By sign and tone, as a model is."""
    gone, new = setting("x", 1, None), setting("y", None, 1)
    signs = {(line.text[2], line.tone) for line in plan_lines(plan(settings=(gone, new)), NOW)[1:3]}

    assert signs == {("-", Tone.REMOVE), ("+", Tone.ADD)}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (
            ((ONE, TWO), {"canary": 2, "stable": 1}),
            ((ONE, TWO), {"canary": 2, "stable": 2}),
            ["  ~ a: labels stable 1 -> 2"],
        ),
        (
            ((ONE, TWO), {"stable": 1, "old": 1}),
            ((ONE, TWO), {"canary": 2, "stable": 1}),
            ["  ~ a: labels canary none -> 2, old 1 -> none"],
        ),
        (((ONE, TWO), {"stable": 2}), ((TWO,), {"stable": 2}), ["  ~ a: versions 1,2 -> 2"]),
        (
            ((ONE,), {"stable": 1}),
            ((TWO,), {"stable": 2}),
            ["  ~ a: versions 1 -> 2", "      labels stable 1 -> 2"],
        ),
    ],
)
def test_only_what_moves_of_a_model_is_shown(before, after, lines):
    """Nobody has to look for the difference."""
    shown = [line.text for line in plan_lines(plan(updated(before, after)), NOW)]

    assert [text for text in shown if text.startswith(("  ~", "      labels"))] == lines


def test_a_new_scaffold_is_one_line():
    """Its files are told apart from those that a sync writes."""
    new = {f"tf-serving/{name}": b"" for name in ("base/a.yaml", "base/b.yaml", "components/c/d")}
    shown = plan().against({f"{GENERATED}/models.config": b"", **new}, {})

    lines = [line.text for line in plan_lines(shown, NOW)]
    told = "  + tf-serving/{base,components}: 3 files of the scaffold, yours from now on"
    assert [line for line in lines if "tf-serving" in line] == [
        f"  + {GENERATED}/models.config",
        told,
    ]


def test_files_that_go_or_that_change_are_never_counted_as_a_scaffold():
    """A new file alone neither."""
    was = {"base/a": b"1", "base/b": b"1", f"{GENERATED}/models.config": b""}
    shown = plan().against({"base/a": b"2", "base/c": b""}, was)

    lines = [line.text for line in plan_lines(shown, NOW)]
    assert [line for line in lines if "base/" in line] == ["  ~ base/a", "  - base/b", "  + base/c"]


def test_what_goes_is_marked_as_such():
    """A model, and a line of the diff: red on a terminal."""
    gone = replace(updated(), after=None)
    shown = plan(gone).against({"o": b"a\nb\n"}, {"o": b"a\nc\n"})

    tones = {line.text: line.tone for line in plan_lines(shown, NOW, diff=True)}
    assert tones["  - a: versions 1 -> none"] is Tone.REMOVE
    assert tones["-c"] is Tone.REMOVE
    assert tones["+b"] is Tone.ADD
    assert tones["--- a/o"] is Tone.HEADING


def test_the_diff_is_shown_where_it_is_asked_for():
    """And comes before the line that counts everything."""
    shown = plan().against({"o": b"b\n"}, {"o": b"a\n"})

    assert "+b" not in [line.text for line in plan_lines(shown, NOW)]
    with_diff = [line.text for line in plan_lines(shown, NOW, diff=True)]
    assert with_diff[-6:-2] == ["+++ b/o", "@@ -1 +1 @@", "-a", "+b"]


def test_a_first_deployment_does_nothing_to_pods_because_there_are_none():
    """It is no change that nobody would notice."""
    first = plan(files=(FileChange(f"{GENERATED}/models.lock.json", None, b"{}"),))
    later_on = plan(files=(FileChange(f"{GENERATED}/models.lock.json", b"{ }", b"{}"),))

    assert Line("files: no pod runs yet") in plan_lines(first, NOW)
    assert Line("files: no pod notices it") in plan_lines(later_on, NOW)


def test_a_change_that_comes_in_new_pods_tells_what_each_of_them_loads():
    """How many, one after another, and for how long each; old and new are in no pod together."""
    serving = ServerSpec(replicas=3, reload="rolling", rollout=Rollout(soak=90))
    change = updated(before=((ONE,), {}), after=((TWO,), {}))
    rollout = PodRollout.of(serving, served(change.after), 100 * 1024)
    file = FileChange(f"{GENERATED}/models.config", b"a", b"b", Effect.RESTART)

    found = plan(change, files=(file,), rollout=rollout)
    told = [line.text for line in plan_lines(found, NOW)]
    assert (
        "rollout: 3 pods, one after another, with one more meanwhile: each new one loads 1 version "
        "of 1 model (1.0 KiB), and has to stay ready for 90s before the next"
    ) in told
    assert "desired state: 100.0 KiB (41 %) of the 240.0 KiB of a pod's annotations" in told
    assert not [text for text in told if "at worst" in text]
    assert replace(found, lock=served(change.after)).memory == (1024, 1024, 1024)

    unnoticed = replace(found, files=(replace(file, effect=Effect.NONE),))
    assert not [line for line in plan_lines(unnoticed, NOW) if line.text.startswith("rollout")]
