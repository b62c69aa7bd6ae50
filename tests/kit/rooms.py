"""Plans of environments with `serving.memory`, of models with sizes in KiB."""

from datetime import timedelta

from msgspec.structs import replace

from generator.catalog.hold import Code
from generator.environment.environment import Choice
from generator.plan import room
from generator.plan.context import Context, Inputs
from tests.kit import strategies
from tests.kit.decisions import decide

KIB = 1024
NOW = strategies.MOMENT + timedelta(days=1)
SETTLE = timedelta(minutes=10)
HOUR = timedelta(hours=1)


def version(model, number, size=1):
    """Return a version of *size* KiB."""
    return replace(strategies.version(model, number), bytes=size * KIB)


def planned(memory, served, catalog, past=(), *, name=None, settings=None, **keys):
    """Return the plan of an environment that wants the newest version of each model.

    *keys* are those of `serving`; *settings* are those that the lock has.
    """
    rule = strategies.rule(versions=Choice(latest=1), name=name)
    environment = strategies.environment(rule)
    limit = memory and memory * KIB
    serving = replace(environment.serving, memory=limit, **keys)
    environment = replace(environment, serving=serving)
    lock = strategies.served(*(strategies.model(it.base_path, it) for it in served))
    lock = replace(lock, settings=settings)
    found = strategies.catalog(*catalog)
    context = Context(now=NOW)
    plan = decide(environment, found, lock, context)
    return room.fitting(plan, Inputs(environment, lock, found, context), past), plan


def serves(plan):
    """Return what a plan leads to, as model and number."""
    return {(it.name, number) for it in plan.lock.models for number in it.numbers}


def no_room(plan):
    """Return what is held for want of room."""
    return [(it.model, it.version) for it in plan.held if it.code is Code.NO_ROOM]


OLD, NEW = version("a", 1, 10), version("a", 2, 9)
