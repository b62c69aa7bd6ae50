"""`from` within one run: an environment sees what those before it got, committed or foretold."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from generator.delivery.publish import CommitPublisher
from generator.environment.environment import Choice, Rule
from generator.errors import GuardError
from generator.pipeline import fleet, pipeline
from generator.pipeline.run import Options
from generator.render.templates import Templates
from tests.kit.memory_run import DAY, InMemory

CHAIN = ["dev", "staging", "prod"]


@pytest.fixture
def run():
    """Return a run on dev, on staging, which takes `from` dev, and on prod, `from` staging."""
    run = InMemory()
    run.add("dev")
    run.add("staging", versions=Choice(latest=1, source="dev"))
    run.add("prod", versions=Choice(latest=1, source="staging"))
    run.buckets["s3://one"].publish("a", 1)
    return run


def sync(run, names, options):
    """Sync each environment as its turn comes; return the plans by environment, in this order."""
    publisher = CommitPublisher(Templates(None))
    plans = {}
    for name, found in fleet.runs(names, run):
        outcome = pipeline.sync(found, lambda it=found: it, publisher, Templates(None), options)
        plans[name] = outcome.plan
    return plans


def numbers(plans):
    """Return the versions of the model a that each environment gets."""
    return {
        name: list(plan.lock.by_name["a"].numbers) if plan.lock.models else []
        for name, plan in plans.items()
    }


ALL = {"dev": [1], "staging": [1], "prod": [1]}


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
@pytest.mark.parametrize("names", list(permutations(CHAIN)), ids="-".join)
def test_a_version_gets_through_all_environments_in_one_run(run, names, dry_run):
    """Whatever their names and the order in which they are named; a dry run foretells the same."""
    plans = sync(run, names, Options(dry_run=dry_run))

    assert list(plans) == CHAIN
    assert numbers(plans) == ALL
    assert not any(plan.held for plan in plans.values())
    assert bool(run.repositories["fleet.git"].files) != dry_run


def test_a_version_gets_through_where_each_has_a_store_and_a_repository_of_its_own(run):
    """A store that two of the run share is read once all the same, between the others."""
    run.add("staging", bucket="s3://two", repository="2.git", versions=Choice(source="dev"))
    run.buckets["s3://two"].publish("a", 1)

    assert numbers(sync(run, CHAIN, Options())) == ALL
    assert run.buckets["s3://one"].listings == 1


def test_a_dry_run_says_what_it_only_foretells(run):
    """A reader of staging's plan finds no such commit of dev."""
    plans = sync(run, CHAIN, Options(dry_run=True))

    reasons = {name: plan.changes[0].reasons[1:] for name, plan in plans.items()}
    assert reasons == {
        "dev": (),
        "staging": ("dev gets it in this run: 1",),
        "prod": ("staging gets it in this run: 1",),
    }


def test_what_was_there_before_is_not_told_as_foretold(run):
    """Only of the new version is it news."""
    sync(run, CHAIN, Options())
    run.buckets["s3://one"].publish("a", 2)
    both = Choice(latest=2)
    run.add("dev", versions=both)
    run.add("staging", versions=replace(both, source="dev"))

    plan = sync(run, CHAIN, Options(dry_run=True))["staging"]

    assert plan.changes[0].reasons[1:] == ("dev gets it in this run: 2",)


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
def test_an_age_counts_from_the_run_that_brought_it(run, dry_run):
    """`minAge` lets it rest there first, and the plan says until when."""
    aged = Choice(latest=1, source="dev", min_age=DAY)
    run.add("staging", versions=aged)
    run.repositories["fleet.git"].since = run.moment

    plans = sync(run, CHAIN, Options(dry_run=dry_run))

    [hold] = plans["staging"].held
    words = "gets it in this run" if dry_run else "serves it since 2026-01-01T12:00:00Z"
    assert hold.problems[0].startswith(f"dev {words}, due 2026-01-02T12:00:00Z (minAge)")


@pytest.mark.parametrize("dry_run", [False, True], ids=["real", "dry"])
def test_what_an_environment_does_not_get_is_foretold_to_none(run, dry_run):
    """A plan that a guard refuses leads to nothing: here it would remove too much."""
    for model in "bcd":
        run.buckets["s3://one"].publish(model, 1)
    sync(run, CHAIN, Options())
    run.buckets["s3://one"].publish("a", 2)
    rules = Rule("[b-d]", "dev.yaml:9", exclude=True), Rule("a", "dev.yaml:10")
    run.environments["dev"] = replace(run.environments["dev"], policy=rules)

    plans = sync(run, CHAIN, Options(dry_run=dry_run))

    assert isinstance(plans["dev"].refused, GuardError)
    assert numbers(plans) == ALL | {"dev": [1, 2]}
    assert [hold.problems[0][:21] for hold in plans["staging"].held] == ["dev does not serve it"]


def test_a_pull_request_is_foretold_to_none(run):
    """It waits for a person; until then the environment serves what it served."""
    dev = run.environments["dev"]
    delivery = replace(dev.delivery, mode="pull-request")
    run.environments["dev"] = replace(dev, delivery=delivery)

    plans = sync(run, CHAIN, Options(dry_run=True))

    assert numbers(plans) == {"dev": [1], "staging": [], "prod": []}
    assert "dev was never synced" in plans["staging"].held[0].problems[0]
