"""`generator.plan.gates`, and `hold`: what keeps a proven version from being chosen now."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from generator.catalog.catalog import Catalog, IndexRef, Version
from generator.catalog.hold import Code
from generator.environment.delivery import Delivery
from generator.environment.environment import Choice, Environment, Rule, Source
from generator.environment.serving import ServerSpec
from generator.lock.lock import Lock, LockState, ServedModel
from generator.plan.context import Context
from generator.plan.gates import waits
from generator.report.as_json import plan_json
from generator.report.plan_lines import plan_lines
from tests.kit.decisions import decide

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def version(number, *, published=NOON - 48 * HOUR, digest="d"):
    """Return a proven version of the model m."""
    index = IndexRef(f"index-{number}.csv", "e")
    return Version("m", str(number), index, f"{digest}{number}", 1, 1, published, warmup=False)


def lock(*versions, name="m"):
    """Return a lock that serves *versions*, or nothing."""
    models = (ServedModel(name, "m", versions),) if versions else ()
    return Lock("staging", "s3://models", models)


def environment(**keys):
    """Return an environment with one rule."""
    rule = Rule("m", "environments/prod.yaml:9", **keys)
    values = Source(url="s3://models"), Delivery("fleet.git"), ServerSpec(image="tf:1")
    return Environment("prod", "environments/prod.yaml", *values, (rule,))


@pytest.mark.parametrize(("age", "ready"), [(1, False), (23, False), (24, True), (48, True)])
def test_a_version_rests_after_its_index_was_written(age, ready):
    """`minAge` counts from the index, to the second."""
    young = version(1, published=NOON - age * HOUR)

    wait = waits(young, Choice(latest=1, min_age=86400), Context(NOON))

    assert (wait is None) == ready
    if wait:
        assert wait.due == young.published + 24 * HOUR
        assert f"due {wait.due:%Y-%m-%dT%H:%M:%SZ} (minAge)" in wait.reason


FROM = Choice(latest=1, min_age=86400, source="staging")


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        pytest.param([], "staging was never synced", id="unknown"),
        pytest.param([(50, ())], "staging was never synced", id="empty"),
        pytest.param([(50, (1,))], None, id="long-enough"),
        pytest.param([(2, (1,)), (50, ())], "due 2026-01-02T10:00:00Z", id="too-short"),
        pytest.param([(2, (1, 2)), (50, (1,))], None, id="others-came-since"),
        pytest.param([(2, ()), (50, (1,))], "staging does not serve it", id="left-behind"),
        pytest.param(
            [(1, (1,)), (2, ()), (50, (1,))], "due 2026-01-02T11:00:00Z", id="interrupted"
        ),
    ],
)
def test_another_environment_serves_a_version_first(history, reason):
    """`from` with `minAge` counts the time since which it is there without a break."""
    states = [LockState(NOON - age * HOUR, lock(*map(version, served))) for age, served in history]

    found = waits(version(1), FROM, Context(NOON, {"staging": states}))

    assert (found is None) == (reason is None)
    assert reason is None or reason in found.reason
    assert (found is not None and found.due is not None) == ("due" in (reason or ""))


def test_the_other_environment_must_serve_the_same_bytes():
    """A version that was published again under its number is another one."""
    states = [LockState(NOON - 50 * HOUR, lock(version(1, digest="other")))]

    assert waits(version(1), FROM, Context(NOON, {"staging": states}))


def test_the_other_environment_may_serve_it_under_another_name():
    """Names belong to environments, base paths to the store."""
    states = [LockState(NOON - 50 * HOUR, lock(version(1), name="elsewhere"))]

    assert waits(version(1), FROM, Context(NOON, {"staging": states})) is None


def test_without_an_age_a_version_waits_for_no_time():
    """The clock that dated the commit of the other environment may be ahead of this one."""
    ahead = [LockState(NOON + HOUR, lock(version(1)))]

    assert (
        waits(version(1), Choice(latest=1, source="staging"), Context(NOON, {"staging": ahead}))
        is None
    )


@pytest.mark.parametrize(
    ("choice", "history", "remedy"),
    [
        (FROM, [], "`tfs-gitops sync staging`"),
        (FROM, [LockState(NOON - HOUR, lock(version(2)))], "`tfs-gitops plan staging`"),
        (FROM, [LockState(NOON - HOUR, lock(version(1)))], "nothing is to be done"),
        (Choice(pin=(9,)), [], "publish the version"),
    ],
    ids=["never-synced", "not-there", "too-young", "unproven"],
)
def test_the_remedy_of_a_version_that_waits_is_for_what_it_waits_for(choice, history, remedy):
    """What is proven need not be published, and what waits for a time needs nobody."""
    context = Context(NOON, {"staging": history})

    plan = decide(environment(versions=choice), Catalog((version(1),)), lock(), context)

    [hold] = plan.held
    assert remedy in hold.remedy_in("prod")
    assert plan_json(plan)["held"][0]["remedy"] == hold.remedy_in("prod")
    assert any(hold.remedy_in("prod") in line.text for line in plan_lines(plan, NOON))


def test_the_remedy_of_a_label_that_dangles_is_another_version():
    """Nothing is to be published for it."""
    rules = {"versions": Choice(latest=1), "labels": {"stable": 9}}

    [hold] = decide(environment(**rules), Catalog((version(1),)), lock()).held

    assert hold.remedy_in("prod") == "choose that version too, or name another one"


def test_a_version_that_waits_is_held_with_its_time_and_an_older_one_is_served():
    """The newest that has passed the gate is chosen."""
    young = version(2, published=NOON - HOUR)
    choice = Choice(latest=1, min_age=86400)

    plan = decide(environment(versions=choice), Catalog((version(1), young)), lock(), Context(NOON))

    assert plan.lock.by_name["m"].numbers == (1,)
    assert [(hold.code, hold.version) for hold in plan.held] == [(Code.WAITING, 2)]
    assert "due 2026-01-02T11:00:00Z" in plan.held[0].problems[0]
    assert plan_json(plan)["held"][0]["due"] == "2026-01-02T11:00:00Z"
    assert "environments/prod.yaml:9" in plan.held[0].problems[0]


def test_what_the_other_environment_left_behind_stays_served_until_a_newer_one_qualifies():
    """A promotion is never taken back because the source moved on."""
    catalog = Catalog((version(1), version(2), version(3)))
    states = [LockState(NOON - 50 * HOUR, lock(version(3)))]

    stays = decide(
        environment(versions=FROM), catalog, lock(version(2)), Context(NOON, {"staging": []})
    )
    moves = decide(
        environment(versions=FROM), catalog, lock(version(2)), Context(NOON, {"staging": states})
    )

    assert stays.lock.by_name["m"].numbers == (2,)
    assert moves.lock.by_name["m"].numbers == (3,)


def test_hold_keeps_exactly_what_is_served():
    """Whatever is published or withdrawn: also nothing stays nothing."""
    catalog = Catalog((version(1), version(2)))

    kept = decide(environment(hold=True), catalog, lock(version(1)))
    none = decide(environment(hold=True), catalog, lock())
    gone = decide(environment(hold=True), Catalog(()), lock(version(1)))

    assert kept.lock.by_name["m"].numbers == gone.lock.by_name["m"].numbers == (1,)
    assert not kept.changes
    assert not none.lock.models


def test_exclude_beats_hold():
    """Taking a model out is always possible."""
    plan = decide(environment(hold=True, exclude=True), Catalog((version(1),)), lock(version(1)))

    assert [change.model for change in plan.changes] == ["m"]
    assert not plan.lock.models


def test_a_commit_that_changes_settings_alone_still_says_what_people_took_back():
    """The past is read no further than to a commit of ours: the end of a hold would bring it."""
    applied = replace(lock(version(1)), settings={"serving": {"image": "tf:0"}})
    catalog = Catalog((version(1), version(2)))

    plan = decide(environment(hold=True), catalog, applied, taken=frozenset({("m", "inputs")}))

    assert plan.lock.taken_back == (("m", "inputs"),)
    assert not plan.changes
