"""Autoscaling that is turned on: the pods that run stay, and the autoscaler takes over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from generator.delivery.folder import FolderBranch
from generator.delivery.outcome import Outcome
from generator.environment.serving import Autoscaling
from generator.lock.lock import Lock
from generator.pipeline.rendering import Rendering
from generator.plan.plan import Plan
from generator.plan.settings import Effect
from generator.render.handover import CODE
from tests.kit.kubernetes import build, validate
from tests.kit.manifests import T, a_lock, an_environment, one

SCALED = Autoscaling(max_replicas=9)
HOUR = timedelta(hours=1)


class Fleet:
    """A folder that an environment is committed to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sync(self, later: timedelta = timedelta(), **serving: object) -> Outcome:
        """Commit the environment as it is some time from now."""
        rendering = Rendering(
            an_environment(**serving), FolderBranch(self.folder), T, datetime.now(UTC) + later
        )
        applied = Lock("prod", "s3://models")
        outcome = rendering.outcome(Plan("prod", a_lock()), applied)
        for path in outcome.plan.paths:
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(outcome.files[path])
        return outcome

    def scaling(self) -> tuple[int | None, int | None, int | None]:
        """The number of the Deployment, and the fewest and the most of the autoscaler."""
        objects = build(self.folder / "overlays/prod")
        validate(objects)
        replicas = one(objects, "Deployment")["spec"].get("replicas")
        found = [it["spec"] for it in objects if it["kind"] == "HorizontalPodAutoscaler"]
        bounds = (found[0]["minReplicas"], found[0]["maxReplicas"]) if found else (None, None)
        return replicas, *bounds


@pytest.fixture
def fleet(tmp_path):
    """A fleet with three pods of a fixed number."""
    fleet = Fleet(tmp_path)
    fleet.sync(replicas=3)
    assert fleet.scaling() == (3, None, None)
    return fleet


def codes(outcome: Outcome) -> set[str]:
    """The codes of the warnings."""
    return {it.code for it in outcome.plan.warnings}


def test_the_number_stays_until_the_autoscaler_has_set_one(fleet):
    """It sets one more at once, and owns the number then; `settle` later it is taken out."""
    begun = fleet.sync(replicas=3, autoscaling=SCALED)
    between = fleet.scaling()
    waiting = fleet.sync(replicas=3, autoscaling=SCALED)
    done = fleet.sync(HOUR, replicas=3, autoscaling=SCALED)

    assert between == (3, 4, 9)
    assert (begun.plan.effect, waiting.plan.files) == (Effect.SCALE, ())
    assert CODE in codes(begun) & codes(waiting)
    assert fleet.scaling() == (None, 3, 9)
    assert CODE not in codes(done)
    assert fleet.sync(2 * HOUR, replicas=3, autoscaling=SCALED).plan.files == ()


def test_other_bounds_and_another_number_wait_for_the_autoscaler_too(fleet):
    """What runs counts, whatever the environment says by now."""
    fleet.sync(replicas=1, autoscaling=Autoscaling(max_replicas=2))
    assert fleet.scaling() == (3, 4, 4)

    fleet.sync(replicas=1, autoscaling=Autoscaling(min_replicas=6, max_replicas=9))
    assert fleet.scaling() == (3, 6, 9)


def test_autoscaling_that_is_turned_off_meanwhile_leaves_the_number(fleet):
    """The Deployment has never been without one."""
    fleet.sync(replicas=3, autoscaling=SCALED)
    fleet.sync(replicas=3)

    assert fleet.scaling() == (3, None, None)


@pytest.mark.parametrize("replicas", [0, 1])
def test_one_pod_is_what_a_deployment_has_without_a_number(tmp_path, replicas):
    """So there is nothing to hand over."""
    fleet = Fleet(tmp_path)
    fleet.sync(replicas=replicas)
    fleet.sync(replicas=replicas, autoscaling=SCALED)

    assert fleet.scaling() == (None, 1, 9)


def test_a_first_deployment_begins_with_its_autoscaler(tmp_path):
    """No pod runs that could go."""
    fleet = Fleet(tmp_path)
    fleet.sync(replicas=3, autoscaling=SCALED)

    assert fleet.scaling() == (None, 3, 9)
