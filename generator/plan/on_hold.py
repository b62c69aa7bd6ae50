"""Models on hold: people keep them as they are, by one more rule of the policy, which Git has.

The rule is not in the file of the environment: the lock has it, and so every sync, until it is
let go. It comes after all others, so that no change of the policy moves the model meanwhile.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from generator.catalog.hold import Code, Held
from generator.catalog.warned import Warned
from generator.environment.environment import Rule
from generator.environment.glob import literal
from generator.lock import reverts
from generator.lock.lock import ServedModel
from generator.lock.notes import OnHold
from generator.plan.context import Inputs


def in_force(inputs: Inputs) -> Inputs:
    """Return *inputs* with a policy that keeps the models on hold; with it already, the same."""
    served, environment = inputs.lock.by_name, inputs.environment
    rules = tuple(_rule(it, served[it.model]) for it in inputs.on_hold if it.model in served)
    if not rules or environment.policy[-len(rules) :] == rules:
        return inputs
    kept = replace(environment, policy=(*environment.policy, *rules))
    return replace(inputs, environment=kept)


def holds(inputs: Inputs) -> Iterator[Held]:
    """Yield the hold of each model that people keep as it is."""
    served = inputs.lock.by_name
    for it in inputs.on_hold:
        model = served.get(it.model)
        yield Held(
            index="",
            code=Code.ON_HOLD,
            problems=(f"{it.by} asked that it stays as it is: {reverts.shown(model)}",),
            base_path=model.base_path if model else None,
            model=it.model,
        )


def idle(inputs: Inputs) -> Iterator[Warned]:
    """Warn of models that people let go of, and that are not on hold."""
    for name in sorted(inputs.release - {it.model for it in inputs.lock.on_hold}):
        yield Warned("nothing-on-hold", f"--release {name}: it is not on hold")


def _rule(kept: OnHold, model: ServedModel) -> Rule:
    return Rule(
        match=literal(model.base_path),
        position=f"asked for on the dashboard by {kept.by}",
        exclude=False,
        hold=True,
        name=model.name,
    )
