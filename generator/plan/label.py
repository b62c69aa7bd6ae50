"""A move of labels: what to ask of an environment, so that labels of a model name versions."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from generator.catalog.version_directory import default_name
from generator.environment.environment import Environment, LabelTarget
from generator.environment.policy import policy_for
from generator.errors import InvalidInputError
from generator.lock.lock import Lock
from generator.plan.pin import ModelChoice, listed, refuse_hold, unknown
from generator.text.phrases import command


class LabelMove(Struct, frozen=True):
    """Labels of one model on their way to versions."""

    asked: ModelChoice
    notes: tuple[str, ...]
    """Notes for the operator, though nothing stands in the way."""


def move_labels(
    environment: Environment, lock: Lock, name: str, changes: Mapping[str, LabelTarget | None]
) -> LabelMove:
    """Return what *environment* is asked, so that labels of a model name other versions.

    *changes* has the target of each label that moves; None takes a label away. *lock* says
    what is served now.

    Raises:
        InvalidInputError: There is no such model, its rules exclude or hold it, or a version
            that a label is to name is not among those that they pin.
    """
    path = _base_path(environment, lock, name)
    policy = policy_for(environment.policy, path)
    if policy is None:
        raise InvalidInputError(
            f"{environment.name}: no rule is for {name}",
            hint=f"write one, with `match: {path}`",
        )
    if policy.excluded:
        raise InvalidInputError(
            f"{environment.name} excludes {name} {policy.because('exclude')}",
            hint="take `exclude: true` out of that rule, or override it",
        )
    refuse_hold(environment, policy)
    for label, target in changes.items():
        if isinstance(target, int) and policy.choice.pin and target not in policy.choice.pin:
            promote = ("tfs-gitops", "promote", f"{name}@{target}", "--to", environment.name)
            adding = f"{command(*promote, '--label', label)} adds it to the pin"
            raise InvalidInputError(
                f"{environment.name} pins {listed(policy.choice.pin)} of {name}, and not {target} "
                f"{policy.because('versions')}",
                hint=adding if environment.sources else f"add {target} to that pin first",
            )
    labels = {**policy.labels, **changes}
    kept = {label: target for label, target in labels.items() if target is not None}
    asked = ModelChoice(path, None, kept, keeps_gates=True)
    return LabelMove(asked, tuple(_notes(environment, lock, name, changes)))


def _base_path(environment: Environment, lock: Lock, name: str) -> str:
    """Return where the model is, by the lock, else by the rule that is for it alone."""
    if name in lock.by_name:
        return lock.by_name[name].base_path
    for rule in reversed(environment.policy):
        if name in {rule.name, default_name(rule.match)}:
            return rule.match
    raise unknown(f"{environment.name} serves no model {name!r}", name, lock.by_name)


def _notes(
    environment: Environment, lock: Lock, name: str, changes: Mapping[str, LabelTarget | None]
) -> Iterator[str]:
    served = lock.by_name[name].numbers if name in lock.by_name else ()
    for label, target in changes.items():
        if isinstance(target, int) and target not in served:
            now = f"{listed(served)} of it" if served else "nothing of it yet"
            yield (
                f"{environment.name} serves {now}: the label {label!r} waits until "
                f"{name} {target} is served"
            )
