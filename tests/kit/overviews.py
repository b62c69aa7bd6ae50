"""Overviews of environments, as a status reads them."""

from datetime import timedelta

from msgspec.structs import replace

from generator.environment.serving import ServerSpec
from generator.lock.commit import Commit
from generator.lock.lock import Lock, ServedModel
from generator.plan.plan import Plan
from generator.status.overview.overview import Overview
from generator.status.overview.past import Past
from tests.kit.strategies import MOMENT, environment, version

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def served(name, *numbers, **labels):
    """Return a model that is served."""
    found = tuple(version(name, number) for number in numbers)
    return ServedModel(name, name, found, tuple(sorted(labels.items())))


def commit(age, name="0123456789abcdef"):
    """Return a commit that is *age* old."""
    return Commit(name, MOMENT - age, "A", "models(dev): a +1")


def overview(name, *models, age=MINUTE, pending=(), held=(), **more):
    """Return an environment that serves *models* for *age*, and whose store was read."""
    lock = Lock(name, "s3://models", models, tuple(pending), own_generation=1 if models else 0)
    past = Past({model.name: commit(age) for model in models}, commit(age) if models else None)
    plan = Plan(name, lock, held=tuple(held))
    found = replace(environment(), name=name)
    serving = ServerSpec(image="tf:1", replicas=2)
    return Overview(found, lock, past, **{"serving": serving, "plan": plan, **more})
