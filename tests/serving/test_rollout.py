"""`generator.serving.rollout`: steps that no server can get stuck on."""

from hypothesis import given
from hypothesis import strategies as st

from generator.serving.rollout import next_commit, next_step
from generator.serving.state import ModelState


def state(versions, **labels):
    """Return a model with *versions* and *labels*."""
    return ModelState(frozenset(versions), tuple(sorted(labels.items())))


@st.composite
def models(draw):
    """Draw a model whose labels point to its versions."""
    versions = draw(st.frozensets(st.integers(1, 4), min_size=1))
    labels = draw(
        st.dictionaries(st.sampled_from(["canary", "stable"]), st.sampled_from(sorted(versions)))
    )
    return state(versions, **labels)


configs = st.dictionaries(st.sampled_from(["a", "b"]), models())


def loaded(config):
    """Return all versions of *config* as available."""
    return {name: model.versions for name, model in config.items()}


def steps(served, wanted):
    """Return the configs up to *wanted*, where each loads before the next."""
    taken = [served]
    while taken[-1] != wanted:
        assert len(taken) < 6, taken
        taken.append(next_step(taken[-1], wanted, loaded(taken[-1])))
    return taken


def test_a_promotion_adds_then_moves_the_label_then_drops():
    """Each config is accepted, and the label answers all the while."""
    served, wanted = {"m": state({1}, stable=1)}, {"m": state({2}, stable=2)}

    assert steps(served, wanted) == [
        {"m": state({1}, stable=1)},
        {"m": state({1, 2}, stable=1)},
        {"m": state({1, 2}, stable=2)},
        {"m": state({2}, stable=2)},
    ]


def test_a_replacement_without_labels_adds_before_it_drops():
    """W7: a server never retries a version that replaced all others and failed."""
    served, wanted = {"m": state({1})}, {"m": state({2})}

    assert steps(served, wanted) == [served, {"m": state({1, 2})}, wanted]


def test_a_new_model_and_a_new_label_come_in_one_step():
    """With the flag that we always set, a label may be there before its version."""
    wanted = {"m": state({1, 2}, stable=1, canary=2)}

    assert steps({}, wanted) == [{}, wanted]


def test_a_model_waits_for_its_own_versions_only():
    """A version that never loads holds its model, and no other."""
    served = {"bad": state({1}), "good": state({1})}
    wanted = {"bad": state({2}), "good": state({2})}
    added = next_step(served, wanted, loaded(served))

    after = next_step(added, wanted, {"bad": {1}, "good": {1, 2}})

    assert after == {"bad": state({1, 2}), "good": state({2})}


def test_a_commit_waits_for_pods_that_hold_an_older_state():
    """Two commits within one lag are one commit for a pod that missed the first."""
    older, newer = {"m": state({1}, stable=1)}, {"m": state({1, 2}, stable=1)}
    wanted = {"m": state({2}, stable=2)}

    assert next_commit([newer, older], wanted) == newer
    assert next_commit([newer], wanted) == {"m": state({1, 2}, stable=2)}


def test_a_label_that_was_taken_away_counts_until_every_pod_has_seen_it():
    """A pod that skipped the removal would see the label move to an unloaded version."""
    older, newer = {"m": state({1}, stable=1)}, {"m": state({1})}
    wanted = {"m": state({1, 2}, stable=2)}

    assert next_commit([newer, older], wanted) == {"m": state({1, 2})}
    assert next_commit([newer], wanted) == wanted


def test_a_model_that_was_taken_away_comes_back_when_every_pod_has_seen_it():
    """A pod that skipped the removal would see all versions replaced at once."""
    older = {"m": state({1})}

    assert next_commit([{}, older], {"m": state({2})}) == {}
    assert next_commit([{}], {"m": state({2})}) == {"m": state({2})}


@given(configs, configs)
def test_steps_end_in_what_is_wanted(served, wanted):
    """Where versions load, a few steps are enough."""
    assert steps(served, wanted)[-1] == wanted


@given(configs, st.dictionaries(st.sampled_from(["a", "b"]), st.frozensets(st.integers(1, 4))))
def test_what_is_wanted_stays(config, available):
    """An environment that has converged takes no step, whatever is loaded."""
    assert next_step(config, config, available) == config


@given(
    configs, configs, st.dictionaries(st.sampled_from(["a", "b"]), st.frozensets(st.integers(1, 4)))
)
def test_no_step_moves_a_label_or_replaces_a_model_before_the_versions_are_loaded(
    served, wanted, available
):
    """The two refusals that a server never gets out of by itself."""
    after = next_step(served, wanted, available)

    for name in served.keys() & after.keys():
        ready = available.get(name, frozenset())
        before = dict(served[name].labels)
        for label, version in after[name].labels:
            assert before.get(label, version) == version or version in ready
        if not after[name].versions >= served[name].versions:
            assert wanted[name].versions <= ready
        assert after[name].labelled <= after[name].versions
        assert {version for _, version in served[name].labels} <= after[name].versions


@given(st.lists(configs, min_size=1, max_size=3), configs)
def test_a_commit_is_a_safe_step_from_every_state_that_a_pod_may_hold(possible, wanted):
    """Live or lagging: each pod accepts it, with only what all of them have loaded."""
    after = next_commit(possible, wanted)

    for held in possible:
        for name in held.keys() & after.keys():
            ready = frozenset.intersection(
                *(state[name].versions if name in state else frozenset() for state in possible)
            )
            before = dict(held[name].labels)
            for label, version in after[name].labels:
                assert (
                    before.get(label, version) == version
                    or version in ready
                    or (dict(possible[0][name].labels).get(label) == version)
                )
