"""A rollback: what to ask of an environment, so that a model is served as it was before."""

from collections.abc import Iterable

from msgspec import Struct

from generator.catalog.version_directory import default_name
from generator.environment.environment import Environment
from generator.environment.policy import policy_for
from generator.errors import InvalidInputError
from generator.lock.changes import changes_between
from generator.lock.history import LockRevision
from generator.lock.lock import Lock, LockState, ServedModel
from generator.lock.reverts import reverted
from generator.plan.pin import ModelChoice, listed, refuse_hold, unknown
from generator.text.phrases import labels


class LastChange(Struct, frozen=True):
    """The last change of a model, which a rollback takes back."""

    before: ServedModel
    """The model as it was."""
    commits: tuple[LockRevision, ...] = ()
    """The commits that made it, newest first; none where a person has taken it back already."""

    @property
    def reverts(self) -> tuple[str, ...]:
        """The ids of the commits whose reverts take back this change alone; none if others go."""
        is_alone = all(
            len(changes_between(one.before, one.after, {})) == 1
            and not one.before.settings_changed_by(one.after)
            and not one.commit.is_merge
            for one in self.commits
        )
        return tuple(one.commit.id for one in self.commits) if is_alone else ()


def last_change(
    name: str, now: Lock, history: Iterable[LockState], past: Iterable[LockRevision]
) -> LastChange:
    """Return the last change of a model; *now* is what is served.

    *history* are the states of the branch, and *past* the commits that changed its lock, both
    newest first; they are read no further than needed. The steps of one change have the same
    inputs, and count as one.

    Raises:
        InvalidInputError: It was never served, or not before its last change.
    """
    environment, served = now.environment, now.by_name.get(name)
    if served is not None and name in {model for model, _ in reverted(history)}:
        # A person is back there already, and the policy is to say so too.
        return LastChange(served)
    seen = set(now.by_name)
    commits: list[LockRevision] = []
    for revision in past:
        then, later = revision.before.by_name.get(name), revision.after.by_name.get(name)
        seen |= revision.before.by_name.keys()
        if then is None and later is not None and served is not None:
            break
        if then is None or (later is not None and later.state == then.state):
            continue
        commits.append(revision)
        if served is None or then.inputs != served.inputs:
            if served is not None:
                _refuse_another_place(environment, then, served)
            return LastChange(then, tuple(commits))
    if served is None:
        raise unknown(f"{environment} has never served {name!r}", name, seen)
    raise InvalidInputError(
        f"{environment}: {name} was added by its last change, so there is nothing to go back to",
        hint=f"to take it away, let a rule with `match: {served.base_path}` say `exclude: true`, "
        "and nothing of `versions` and `labels`",
    )


def roll_back(environment: Environment, model: ServedModel) -> ModelChoice:
    """Return what *environment* is asked, to serve *model* as it was.

    Raises:
        InvalidInputError: Its rules hold the model, or serve it under another name.
    """
    policy = policy_for(environment.policy, model.base_path)
    refuse_hold(environment, policy)
    name = policy.name if policy else default_name(model.base_path)
    if name != model.name:
        place = f" {policy.because('name')}" if policy else ""
        raise InvalidInputError(
            f"{environment.name} now serves {model.base_path!r} as {name!r}, "
            f"and not as {model.name!r}{place}",
            hint=f"set `name: {model.name}` in a rule with `match: {model.base_path}` first",
        )
    return ModelChoice(model.base_path, model.numbers, dict(model.labels), keeps_gates=False)


def shown(model: ServedModel) -> str:
    """Return the versions and labels of a model as a person writes them."""
    placed = f" (labels {labels(model.labels)})" if model.labels else ""
    return f"{listed(model.numbers)}{placed}"


def _refuse_another_place(environment: str, then: ServedModel, now: ServedModel) -> None:
    if then.base_path == now.base_path:
        return
    raise InvalidInputError(
        f"{environment}: the last change of {now.name} was from base path "
        f"{then.base_path!r} to {now.base_path!r}, which is more than versions and labels",
        hint=f"exclude {now.base_path!r}, and set `name: {now.name}` for {then.base_path!r}",
    )
