"""What an environment serves next: the policy's wish, unless that would break a server."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.catalog import Catalog, IndexRef, Version, Warned
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code
from generator.environment.environment import Choice
from generator.environment.policy import policy_for
from generator.errors import Refusal
from generator.lock.changes import Action
from generator.lock.lock import Lock, ServedModel
from generator.plan import guards
from generator.plan.plan import Plan
from tests.kit.decisions import decide
from tests.kit.strategies import (
    catalog,
    catalogs,
    environment,
    environments,
    held_index,
    held_version,
    model,
    pin,
    rule,
    served,
    version,
)

NOTHING = served()
ONE, TWO, THREE = (version("m", number) for number in (1, 2, 3))
LATEST = environment(rule(versions=Choice(latest=1)))


def numbers(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Return the versions that a plan leads to, by model."""
    return {item.name: item.numbers for item in plan.lock.models}


def labels(plan: Plan, name: str = "m") -> dict[str, int]:
    """Return the labels that a plan leads to."""
    return dict(plan.lock.by_name[name].labels)


def holds(plan: Plan) -> set[tuple[str, str | None, int | None]]:
    """Return the holds of a plan as code, model and version."""
    return {(hold.code.value, hold.model, hold.version) for hold in plan.held}


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (Choice(latest=1), (3,)),
        (Choice(latest=2), (2, 3)),
        (pin(1, 3), (1, 3)),
        (Choice(every=True), (1, 2, 3)),
    ],
)
def test_a_new_model_is_added_with_the_versions_of_the_policy(choice, chosen):
    """As an explicit list; the reason names the rule and what it chose from."""
    plan = decide(environment(rule(versions=choice)), catalog(ONE, TWO, THREE), NOTHING)
    (change,) = plan.changes
    assert (change.model, change.action, change.versions) == ("m", Action.ADD, ((), chosen))
    assert plan.lock.models[0].versions == tuple((ONE, TWO, THREE)[n - 1] for n in chosen)
    (reason,) = change.reasons
    assert "of 3 proven (environments/prod.yaml:9): " in reason
    assert reason.endswith(": " + ", ".join(map(str, chosen)))
    assert plan.unchanged == 0


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(latest=2), "latest 2 of"),
        (Choice(every=True), "all versions of"),
        (pin(1, 2), "pin 1, 2 of"),
    ],
)
def test_a_reason_says_the_rule_in_its_own_words(choice, words):
    """A reviewer sees why without opening the environment file."""
    plan = decide(environment(rule(versions=choice)), catalog(ONE, TWO), NOTHING)
    assert plan.changes[0].reasons[0].startswith(words)


def test_a_model_without_a_rule_is_not_served():
    """No rule, no model."""
    assert decide(environment(rule("x")), catalog(ONE), NOTHING).lock == NOTHING


def test_a_held_version_is_never_published_and_stops_no_other():
    """The newest good version is served in its place."""
    found = catalog(ONE, TWO, held=(held_version("m", 3), held_index("m", 4)))
    plan = decide(LATEST, found, NOTHING)
    assert numbers(plan) == {"m": (2,)}
    assert holds(plan) == {("etag-mismatch", "m", 3), ("field-count", None, None)}
    assert plan.degraded == ()


def test_a_newer_version_replaces_the_served_one():
    """That is the whole point."""
    plan = decide(LATEST, catalog(ONE, TWO), served(model("m", ONE)))
    (change,) = plan.changes
    assert (change.action, change.versions) == (Action.UPDATE, ((1,), (2,)))


@pytest.mark.parametrize("hold", [held_version("m", 1), held_index("m", 1)])
def test_a_served_version_that_is_held_now_stays_and_is_degraded(hold):
    """Whether the version or its whole index is held: pods have it loaded."""
    before = served(model("m", ONE))
    plan = decide(LATEST, catalog(held=(hold,)), before)
    assert plan.lock == before
    assert plan.changes == ()
    assert plan.degraded == ("m 1",)
    assert plan.held == (hold,)
    assert plan.unchanged == 1


def test_a_degraded_version_gives_way_to_a_newer_one():
    """It is not degraded any more when it is no longer served."""
    plan = decide(LATEST, catalog(TWO, held=(held_version("m", 1),)), served(model("m", ONE)))
    assert numbers(plan) == {"m": (2,)}
    assert plan.degraded == ()
    assert holds(plan) == {("etag-mismatch", "m", 1)}


def test_an_older_version_does_not_replace_a_degraded_newer_one():
    """The served version counts as a candidate."""
    before = served(model("m", TWO))
    plan = decide(LATEST, catalog(ONE, held=(held_version("m", 2),)), before)
    assert plan.lock == before
    assert plan.degraded == ("m 2",)


def test_a_hold_of_another_version_or_index_keeps_nothing():
    """Only a hold of the served version itself says that it is still there."""
    held = (held_version("m", 2), held_version("n", 1), held_index("m", 3))
    plan = decide(LATEST, catalog(held=held), served(model("m", ONE)))
    assert numbers(plan) == {}


def test_a_deleted_index_withdraws_its_version():
    """That is how an exporter takes a version back."""
    both = served(model("m", ONE, TWO))
    plan = decide(environment(rule(versions=Choice(latest=2))), catalog(ONE), both)
    assert numbers(plan) == {"m": (1,)}
    plan = decide(LATEST, catalog(), served(model("m", ONE)))
    (change,) = plan.changes
    assert change.action is Action.REMOVE
    assert change.reasons == ("no index of it is left that the policy can choose from",)


def test_a_deleted_index_does_not_withdraw_a_pinned_version():
    """Only the policy can take that one away."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(versions=pin(1))), catalog(TWO), before)
    assert plan.lock == before
    assert plan.degraded == ("m 1",)


def test_a_pinned_version_without_an_index_stays_beside_the_proven_ones():
    """The other pins do not push it out."""
    before = served(model("m", ONE, TWO))
    plan = decide(environment(rule(versions=pin(1, 2))), catalog(TWO), before)
    assert plan.lock == before
    assert plan.degraded == ("m 1",)


def test_a_pin_that_no_index_proves_waits_and_the_served_versions_stay():
    """The pins that are proven are served beside them."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(versions=pin(2, 9))), catalog(ONE, TWO), before)
    assert numbers(plan) == {"m": (1, 2)}
    (hold,) = plan.held
    assert (hold.code, hold.model, hold.version) == (Code.WAITING, "m", 9)
    assert hold.base_path == "m"
    assert hold.problems == ("pinned, but no index proves version 9 (environments/prod.yaml:9)",)


def test_a_waiting_pin_does_not_keep_what_was_withdrawn():
    """The served versions stay while their indexes do."""
    before = served(model("m", ONE, TWO))
    plan = decide(environment(rule(versions=pin(9))), catalog(TWO), before)
    assert numbers(plan) == {"m": (2,)}


def test_a_pin_of_a_new_model_that_nothing_proves_adds_nothing():
    """It waits, and other versions of the model are not what was asked for."""
    plan = decide(environment(rule(versions=pin(9))), catalog(ONE), NOTHING)
    assert numbers(plan) == {}
    assert holds(plan) == {("waiting", "m", 9)}


def test_labels_are_resolved_to_numbers():
    """A server knows no `latest`."""
    rules = rule(versions=Choice(latest=2), labels={"stable": "previous", "canary": "latest"})
    plan = decide(environment(rules), catalog(ONE, TWO, THREE), NOTHING)
    assert labels(plan) == {"canary": 3, "stable": 2}


def test_a_dangling_label_holds_all_labels_of_its_model_and_nothing_else():
    """They stay where they are served; other models and the versions go on."""
    rules = rule(versions=Choice(latest=2), labels={"stable": 2, "canary": 9})
    found = catalog(ONE, TWO, version("n", 9), version("n", 2))
    before = served(model("m", ONE, TWO, stable=1))
    plan = decide(environment(rules), found, before)
    assert plan.lock.by_name["m"] == before.by_name["m"]
    assert labels(plan, "n") == {"canary": 9, "stable": 2}
    (hold,) = plan.held
    assert (hold.code, hold.model, hold.version) == (Code.WAITING, "m", None)
    assert hold.problems == (
        "label 'canary' wants version 9; chosen versions: 1, 2 (environments/prod.yaml:9)",
    )


def test_a_new_model_with_a_dangling_label_is_served_without_labels():
    """Clients that ask by number are not made to wait."""
    rules = rule(labels={"stable": "previous"})
    plan = decide(environment(rules), catalog(ONE), NOTHING)
    assert numbers(plan) == {"m": (1,)}
    assert labels(plan) == {}


def test_a_held_label_keeps_its_version_served():
    """An upload must not take away the version that clients of a label get."""
    rules = rule(versions=Choice(latest=1), labels={"stable": 1})
    before = served(model("m", ONE, stable=1))
    plan = decide(environment(rules), catalog(ONE, TWO), before)
    assert numbers(plan) == {"m": (1, 2)}
    assert labels(plan) == {"stable": 1}
    assert holds(plan) == {("waiting", "m", None)}


def test_a_held_label_goes_with_a_version_that_was_withdrawn():
    """A server would refuse a label without its version, and the file with it."""
    rules = rule(versions=Choice(latest=2), labels={"stable": "previous", "canary": "latest"})
    before = served(model("m", ONE, TWO, stable=1, canary=2))
    plan = decide(environment(rules), catalog(TWO), before)
    assert numbers(plan) == {"m": (2,)}
    assert labels(plan) == {"canary": 2}


MOVE = environment(rule("a", name="old"), rule("b", name="m"))
A1, B1, B2 = version("a", 1), version("b", 1), version("b", 2)


def test_a_base_path_move_with_overlapping_versions_is_held():
    """A server that has version 1 loaded would never read the other one."""
    before = served(replace(model("m", A1), labels=(("stable", 1),)))
    plan = decide(MOVE, catalog(B1, B2), before)
    assert plan.lock == before
    assert holds(plan) == {("name-collision", "m", 1)}
    (hold,) = plan.held
    assert hold.index == B1.index.key
    assert hold.problems == ("model 'm' is served from 'a'; 'b' has the same version numbers: [1]",)


def test_a_base_path_move_without_overlap_is_made():
    """The new versions have other numbers: a server loads them and drops the old."""
    plan = decide(MOVE, catalog(A1, B2), served(model("m", A1)))
    assert plan.lock.by_name["m"].base_path == "b"
    assert numbers(plan) == {"m": (2,), "old": (1,)}


@pytest.mark.parametrize(
    ("env", "found"),
    [
        (MOVE, catalog(held=(held_version("b", 2),))),
        (environment(rule("b", name="m", versions=pin(9))), catalog(B2)),
    ],
)
def test_a_base_path_move_waits_until_there_is_something_to_move_to(env, found):
    """A name that is served does not go away for a version that is held."""
    before = served(model("m", A1))
    plan = decide(env, found, before)
    assert plan.lock == before
    assert plan.held


@pytest.mark.parametrize(
    ("env", "found"),
    [
        (environment(rule("b", name="m", versions=pin(1, 2))), catalog(B2)),
        (environment(rule("b", name="m", versions=Choice(latest=2))), catalog(B2)),
        (MOVE, catalog(B2, held=(held_version("a", 1),))),
    ],
)
def test_a_model_never_mixes_two_base_paths(env, found):
    """A server has one for each model: nothing of the old one stays after a move."""
    plan = decide(env, found, served(model("m", A1)))
    assert plan.lock.by_name["m"].versions == (B2,)


def test_a_name_does_not_wait_for_a_base_path_of_which_nothing_is_left():
    """Both indexes were deleted: both models are withdrawn, whatever their names."""
    before = served(model("m", A1), model("n", B1))
    plan = decide(environment(rule("b", name="m")), catalog(), before)
    assert numbers(plan) == {}


def test_a_served_version_that_was_overwritten_stays_what_it_is():
    """Pods hold the old content under the number: the new one is held, to any depth."""
    again = version("m", 1, "second")
    before = served(model("m", ONE))
    plan = decide(LATEST, catalog(again), before)
    assert plan.lock == before
    assert plan.degraded == ("m 1",)
    (hold,) = plan.held
    assert (hold.code, hold.model, hold.version) == (Code.ETAG_MISMATCH, "m", 1)
    assert hold.index == again.index.key
    assert hold.problems == ("it was published again with other content while it is served",)


def test_a_version_that_is_not_served_may_be_overwritten():
    """No pod has it loaded."""
    again = version("m", 2, "second")
    plan = decide(LATEST, catalog(ONE, again), served(model("m", ONE)))
    assert plan.lock.models[0].versions == (again,)
    assert plan.held == ()


def test_an_unchanged_model_keeps_the_lines_of_the_lock():
    """A new index for the same content, or a rule in other words, is no reason to commit."""
    renewed = replace(
        ONE, index=IndexRef("index-new.csv", "i2"), published=ONE.published + timedelta(days=1)
    )
    before = served(model("m", ONE))
    plan = decide(environment(rule(versions=Choice(latest=7))), catalog(renewed), before)
    assert plan.lock == before
    assert (plan.changes, plan.unchanged) == ((), 1)


def test_a_changed_label_alone_is_a_change():
    """Equal versions do not make an equal state."""
    before = served(model("m", ONE, TWO, stable=1))
    rules = rule(versions=Choice(latest=2), labels={"stable": "latest"})
    plan = decide(environment(rules), catalog(ONE, TWO), before)
    (change,) = plan.changes
    assert change.labels == ((("stable", 1),), (("stable", 2),))
    assert change.versions == ((1, 2), (1, 2))


def test_the_inputs_of_a_model_are_its_rules_and_its_candidates():
    """Not the place of a rule, nor versions of others, nor the index."""

    def inputs(found: Catalog, **keys: object) -> str:
        return decide(environment(rule(**keys)), found, NOTHING).lock.by_name["m"].inputs

    base = inputs(catalog(TWO))
    assert inputs(catalog(TWO, version("n", 1)), line=70) == base
    assert inputs(catalog(replace(TWO, index=IndexRef("index-2.csv", "e")))) == base
    assert inputs(catalog(ONE, TWO)) != base
    assert inputs(catalog(version("m", 2, "second"))) != base
    assert inputs(catalog(TWO), versions=pin(2)) != base
    assert inputs(catalog(TWO), labels={"a": 2}) != base


def test_an_excluded_model_is_removed_with_the_rule_that_excludes_it():
    """The reason is the person's own rule."""
    plan = decide(environment(rule(exclude=True)), catalog(ONE), served(model("m", ONE)))
    (change,) = plan.changes
    assert change.action is Action.REMOVE
    assert change.reasons == ("excluded (environments/prod.yaml:9)",)


def test_a_name_that_collides_while_it_is_served_stays_as_it_is():
    """A second base path must not stop the first, nor replace it."""
    before = served(model("a-b", version("a/b", 1)))
    found = catalog(version("a/b", 1), version("a/b", 2), version("a-b", 3))
    plan = decide(LATEST, found, before)
    assert plan.lock == before
    assert plan.degraded == ("a-b 1",)
    assert {code for code, _, _ in holds(plan)} == {"name-collision"}


def test_a_served_name_that_two_other_base_paths_claim_stays_where_it_is():
    """Nobody can know which of them shall take it over, and clients ask for it now."""
    env = environment(rule("b", name="m"), rule("c", name="m"))
    before = served(model("m", A1))
    plan = decide(env, catalog(A1, B2, version("c", 2)), before)
    assert plan.lock == before
    assert holds(plan) == {("name-collision", "m", 2)}


@pytest.mark.parametrize(
    "env",
    [
        environment(rule("a"), rule("b", name="a")),
        environment(rule("a"), rule("b", name="not safe")),
    ],
)
def test_a_model_whose_new_name_is_held_stays_served_under_its_old_one(env):
    """Otherwise a slip in a rule would take it away."""
    before = served(model("a", A1), model("b", B1))
    plan = decide(env, catalog(A1, B1), before)
    assert plan.lock == before
    assert "b 1" in plan.degraded


def test_a_renamed_model_is_one_removed_and_one_added():
    """Clients of the old name are told by the plan."""
    plan = decide(environment(rule(name="new")), catalog(ONE), served(model("m", ONE)))
    assert [(change.model, change.action) for change in plan.changes] == [
        ("m", Action.REMOVE),
        ("new", Action.ADD),
    ]


def test_a_name_that_a_rule_gives_to_another_base_path_is_taken_over():
    """Also when the one that had it waits for its own new name."""
    env = environment(rule("a"), rule("b", name="a"), rule("c", name="b"))
    before = served(model("a", A1), model("b", B1))
    plan = decide(env, catalog(A1, B1, version("c", 2)), before)
    assert plan.lock.by_name["a"] == before.by_name["a"]
    assert plan.lock.by_name["b"].base_path == "c"


def test_a_renamed_model_keeps_a_pinned_version_without_an_index():
    """Only the policy can take that one away, and it still asks for it."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(name="new", versions=pin(1))), catalog(), before)
    assert plan.lock == before
    assert holds(plan) == {("waiting", "new", 1)}


def test_a_model_that_cannot_move_to_its_new_name_stays_served_under_its_old_one():
    """The name that it shall have is still that of another: neither goes."""
    before = served(replace(model("b", A1)), model("a", version("b", 3)))
    plan = decide(environment(rule("b")), catalog(B1, version("b", 3)), before)
    assert plan.lock == before
    assert holds(plan) == {("name-collision", "b", 1)}


def test_a_renamed_model_whose_pin_waits_stays_served_under_its_old_name():
    """As it would under the name that it has."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(name="new", versions=pin(9))), catalog(ONE), before)
    assert plan.lock == before
    assert holds(plan) == {("waiting", "new", 9)}


@pytest.mark.parametrize("hold", [held_version("m", 1), held_index("m", 1)])
def test_a_renamed_model_with_nothing_proven_stays_under_its_old_name(hold):
    """A held version is not published under another name, and not taken away either."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(name="new")), catalog(held=(hold,)), before)
    assert plan.lock == before
    assert plan.degraded == ("m 1",)


def test_a_plan_is_sorted_and_carries_all_warnings():
    """The same inputs give the same plan."""
    found = catalog(
        version("z", 1), version("a", 1), held=(held_version("z", 2), held_version("a", 2))
    )
    env = replace(LATEST, warnings=(Warned("image-not-pinned", "name a version"),))
    warned = Warned("unlisted-object", "m/1/ has more")
    plan = decide(env, replace(found, warnings=(warned,)), served(model("q", version("q", 1))))
    assert [item.name for item in plan.lock.models] == ["a", "z"]
    assert [change.model for change in plan.changes] == ["a", "q", "z"]
    assert [hold.model for hold in plan.held] == ["a", "z"]
    assert [item.code for item in plan.warnings] == ["image-not-pinned", "unlisted-object"]
    assert (plan.lock.environment, plan.lock.source) == ("prod", "s3://models")


def fleet(count: int) -> tuple[Lock, list[Version]]:
    """Return a lock of this many models, and their versions."""
    versions = [version(f"m{number:02}", 1) for number in range(count)]
    return served(*(model(item.base_path, item) for item in versions)), versions


@pytest.mark.parametrize(
    ("limit", "of", "removed", "refused"),
    [
        (None, 5, 1, False),
        (None, 5, 2, True),
        (None, 30, 3, False),
        (None, 30, 4, True),
        (0, 5, 0, False),
        (0, 5, 1, True),
        (3, 5, 3, False),
        (3, 5, 4, True),
        ("40%", 5, 2, False),
        ("40%", 5, 3, True),
        ("100%", 5, 4, False),
        ("100%", 5, 5, True),
        (None, 1, 1, True),
    ],
)
def test_more_removals_than_the_limit_are_refused(limit, of, removed, refused):
    """And every model at once always is: that is a lost bucket more often than a wish."""
    env = environment(rule(), removals=limit)
    before, versions = fleet(of)
    plan = decide(env, catalog(*versions[removed:]), before)
    error = guards.removals(plan, before, env.delivery)
    if not refused:
        assert error is None
        return
    assert error.code is Refusal.REMOVALS
    head, *gone = error.problems
    assert gone == [f"  - m{number:02}" for number in range(removed)]
    what = "every model" if removed == of else f"{removed} of {of} models"
    assert f"prod: this would remove {what}" in head
    assert env.delivery.removal_limit_text in head
    assert "--allow-removals" in error.hint


def test_updates_and_additions_are_no_removals():
    """Only a name that goes away counts."""
    env = environment(rule(), removals=0)
    before, versions = fleet(3)
    newer = [version(item.base_path, 2) for item in versions]
    plan = decide(env, catalog(*versions, *newer, version("x", 1)), before)
    assert len(plan.changes) == 4
    assert guards.removals(plan, before, env.delivery) is None


def test_an_empty_store_is_nothing_to_refuse_where_nothing_is_served():
    """The first sync of an empty fleet is quiet."""
    assert guards.removals(decide(LATEST, catalog(), NOTHING), NOTHING, LATEST.delivery) is None


histories = st.lists(st.tuples(environments, catalogs()), min_size=1, max_size=4)


def replayed(history: list) -> list[tuple[object, Catalog, Lock, Plan]]:
    """Run a history of policies and stores, each from the lock of the one before."""
    before, steps = NOTHING, []
    for env, found in history:
        plan = decide(env, found, before)
        steps.append((env, found, before, plan))
        before = plan.lock
    return steps


@given(histories)
def test_a_plan_that_was_applied_has_nothing_left_to_do(history):
    """No change, no commit: the second sync of the same inputs is quiet.

    Unless the plan forgot a base path of which nothing is left: a name that it held is free.
    """
    for env, found, before, plan in replayed(history):
        left = {item.base_path for item in (*found.versions, *found.held, *plan.lock.models)}
        if not {item.base_path for item in before.models} <= left:
            continue
        again = decide(env, found, plan.lock)
        assert again.changes == ()
        assert again.lock == plan.lock
        assert again.unchanged == len(plan.lock.models)
        assert set(again.degraded) == set(plan.degraded)


@given(histories)
def test_every_version_of_a_plan_is_proven_or_was_served_before(history):
    """Nothing is published from a held version, whatever else goes wrong."""
    for _, found, before, plan in replayed(history):
        earlier = {item for old in before.models for item in old.versions}
        for item in plan.lock.models:
            assert item.versions
            assert set(item.versions) <= {*found.versions} | earlier
            assert {one.base_path for one in item.versions} == {item.base_path}
            assert item.numbers == tuple(sorted(set(item.numbers)))
            assert {to for _, to in item.labels} <= set(item.numbers)
        names = [item.name for item in plan.lock.models]
        assert names == sorted(set(names))


@given(histories)
def test_a_served_number_never_changes_its_content(history):
    """A pod that has a version loaded would not read it again."""
    for _, _, before, plan in replayed(history):
        for old in before.models:
            new = plan.lock.by_name.get(old.name)
            contents = {item.version: item.digest for item in new.versions} if new else {}
            for item in old.versions:
                assert contents.get(item.version, item.digest) == item.digest


@given(histories)
def test_a_served_model_goes_only_if_policy_or_exporter_took_it_away(history):
    """A model that has a rule and a version that is still there, proven or held, is served."""
    for env, found, before, plan in replayed(history):
        for old in before.models:
            policy = policy_for(env.policy, old.base_path)
            if policy is None or policy.excluded or not still_there(old, found):
                continue
            served_paths = {item.base_path for item in plan.lock.models}
            assert old.name in numbers(plan) or old.base_path in served_paths


def still_there(old: ServedModel, found: Catalog) -> bool:
    """Whether any served version is proven as it was, or held."""
    withheld = HeldSet.of(found.held)
    return any(item in found.versions or item in withheld for item in old.versions)


@given(histories)
def test_changes_tell_the_whole_difference_of_two_locks(history):
    """A commit message that is made of them leaves nothing out."""
    for _, _, before, plan in replayed(history):
        assert {change.model for change in plan.changes} == {
            name
            for name in before.by_name.keys() | plan.lock.by_name.keys()
            if before.by_name.get(name) != plan.lock.by_name.get(name)
        }
        assert all(change.reasons for change in plan.changes)
