"""A models.config that a person edited: servers run what it says, not what its lock says."""

from msgspec.structs import replace

from generator.errors import GuardError, Refusal
from generator.lock.lock import Lock, ServedModel
from generator.lock.models_config import models_config
from generator.serving import config_reader


def as_served(lock: Lock, config: str, root: str, place: str) -> Lock:
    """Return *lock* with the models, versions and labels that the committed *config* has.

    The same lock, if the config is the one that it renders to. *root* is where
    servers find the store; *place* names the config in errors.

    Raises:
        GuardError: The config has what the lock cannot tell of: another model or version.
    """
    if config == models_config(lock.models, root):
        return lock
    try:
        edited = config_reader.read(config).by_name
    except config_reader.UnreadableError:
        return lock  # servers refuse it too, and go on with what they have
    known = lock.by_name
    models = []
    for name, entry in sorted(edited.items()):
        before = known.get(name)
        if before is None:
            raise _refused(f"{place}: model {name!r} is not in the lock")
        models.append(_edited(before, entry, place))
    return lock if tuple(models) == lock.models else replace(lock, models=tuple(models))


def _edited(before: ServedModel, entry: config_reader.Model, place: str) -> ServedModel:
    numbers = entry.versions or ()
    by_number = {version.version: version for version in before.versions}
    unknown = sorted(set(numbers) - by_number.keys())
    if unknown or not numbers:
        what = f"version {unknown[0]}" if unknown else "no specific versions"
        ours = ", ".join(map(str, before.numbers))
        raise _refused(f"{place}: model {before.name!r} has {what}; the lock has {ours}")
    labels = tuple(sorted(entry.labels.items()))
    if set(numbers) == set(before.numbers) and labels == before.labels:
        return before
    versions = tuple(by_number[number] for number in sorted(set(numbers)))
    return replace(before, versions=versions, labels=labels)


def _refused(problem: str) -> GuardError:
    return GuardError(
        Refusal.EDITED_CONFIG,
        f"{problem}; a person edited the file",
        hint="undo that commit (git revert), and pin what is to be served in the policy",
    )
