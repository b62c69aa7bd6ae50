"""The steps that a model has ahead, in words: how many, and when the last one is made."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from generator.environment.environment import Environment
from generator.plan.steps_ahead import StepsAhead
from generator.text.duration import short_duration
from generator.text.phrases import counted
from generator.text.timestamp import clock, timestamp

_SHOWN = 12  # characters of a commit's id


def steps_text(
    ahead: StepsAhead, environment: Environment, now: datetime, reverts: Sequence[str] = ()
) -> Iterator[str]:
    """Yield how long it takes, as `2 steps, done at 20:18 UTC (in 10m)`; nothing without a step.

    And how to have it now, by *reverts*: commits whose reverts lead there, newest first.
    """
    if not ahead.commits:
        return
    delivery, steps = environment.delivery, counted(ahead.commits, "step")
    settle = timedelta(seconds=delivery.settle)
    if ahead.done is None:
        first = ": the first with the next sync, each other one" if ahead.begins else ", each"
        yield from _after_statuses(f"{steps}{first}", environment)
        yield from _by_hand(environment, reverts)
        return
    if environment.serving.is_rolling and ahead.commits == 1 and ahead.done <= now:
        yield f"{steps}, with the next sync: new pods have it, and take the place of the old ones"
        return
    if environment.serving.agent:
        yield f"{steps}, with the next sync: the agent in each pod goes on from there"
        return
    if ahead.commits == 1 and ahead.done <= now:
        yield f"{steps}, done with the next sync"
    elif delivery.mode == "pull-request":
        yield f"{steps}, each a pull request, {short_duration(settle)} after the merge of the last"
    elif not delivery.settle:
        yield f"{steps}, one with each sync"
    else:
        done = f"done at {clock(ahead.done, now)} (in {short_duration(ahead.done - now)})"
        yield f"{steps}, {done} if a sync runs whenever one is due"
    if ahead.commits > 1 or ahead.done > now:
        yield from _by_hand(environment, reverts)


def _after_statuses(steps: str, environment: Environment) -> Iterator[str]:
    """Yield what each step waits for, where no time makes it due."""
    settle, verified = environment.delivery.settle, environment.delivery.verified
    if verified is not None:
        apart = f", and {short_duration(timedelta(seconds=settle))} after it" if settle else ""
        what = f"a success of the commit status {verified.context!r} for the commit before it"
        yield f"{steps} after {what}{apart}"


def _by_hand(environment: Environment, reverts: Sequence[str]) -> Iterator[str]:
    if reverts:
        ids = " ".join(one[:_SHOWN] for one in reverts)
        delivery = environment.delivery
        where = f"in a clone of {delivery.repository}, on {delivery.branch}, and push"
        yield f"to have it now: `git revert --no-edit {ids}` {where}; then restart the pods"


def steps_json(ahead: StepsAhead) -> dict[str, object]:
    """Return the number of steps, and when the last is made, as schemas/edit.schema.json has it."""
    return {"count": ahead.commits, "done": ahead.done and timestamp(ahead.done)}
