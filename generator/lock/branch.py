"""The lock of an environment as its delivery branch has it, now and before."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from generator.environment.environment import Environment
from generator.errors import GeneratorError, InvalidInputError
from generator.lock import hand_edits, lock_file, paths
from generator.lock.commit import Commit, LookBack
from generator.lock.history import LockRevision
from generator.lock.lock import Lock, LockState
from generator.lock.merge import before_merge
from generator.lock.ports import CommittedFiles, ReadableBranch
from generator.text.digest import parts_digest


def path(environment: Environment, relative: str) -> str:
    """Return the path in the repository of one that is *relative* to `delivery.path`."""
    return f"{environment.delivery.path}/{relative}".lstrip("/")


def applied(environment: Environment, branch: ReadableBranch) -> Lock:
    """Return the lock as servers read the branch: with what a person edited in models.config.

    Raises:
        InvalidInputError: The lock is broken, or was deleted from a folder that is there.
        GuardError: The config has what its lock does not know.
    """
    return as_served(environment, branch, read_lock(environment, branch))


def as_served(environment: Environment, branch: ReadableBranch, lock: Lock) -> Lock:
    """Return what servers have of the branch, whose *lock* was read.

    Raises:
        GuardError: A person edited models.config, and it has what the lock does not know.
    """
    config = path(environment, paths.config_path(environment.name))
    return _edited(environment, lock, branch.read(config).get(config))


def generated(environment: Environment, branch: ReadableBranch) -> Mapping[str, bytes]:
    """Return the committed files of the folder that the tool owns, by path in the repository."""
    return branch.read(path(environment, paths.generated_folder(environment.name)))


def generated_digest(environment: Environment, branch: ReadableBranch) -> str:
    """Return the digest of `generated`."""
    files = sorted(generated(environment, branch).items())
    return parts_digest(part for name, data in files for part in (f"{name}\0".encode(), data))


def read_lock(environment: Environment, branch: ReadableBranch) -> Lock:
    """Return the lock as it is committed; an empty one before the first sync.

    Raises:
        InvalidInputError: The lock is broken, or was deleted from a folder that is there.
        PublishError: Something else is where its folder must be.
    """
    file = path(environment, paths.lock_path(environment.name))
    folder = path(environment, paths.generated_folder(environment.name))
    branch.refuse_misfits([file], [folder])
    if not branch.has(file) and branch.has(folder):
        raise InvalidInputError(
            f"{environment.delivery.branch}:{file}: the lock is missing, and {folder}/ is there",
            hint="restore it from the last commit of a sync: it says what is served",
        )
    return _lock(environment, branch.read(file).get(file))


def proposed_lock(environment: Environment, head: CommittedFiles) -> Lock:
    """Return the lock that a pull request proposes; an empty one without a file of it.

    Raises:
        InvalidInputError: The lock is broken.
    """
    file = path(environment, paths.lock_path(environment.name))
    return _lock(environment, head.read(file).get(file))


def history(
    environment: Environment, branch: ReadableBranch, until: LookBack | None = None
) -> Iterator[LockState]:
    """Yield the lock after each commit that changed it, newest first, as far as it is asked for.

    Where a person edited models.config, that comes before the lock that it was edited from.
    With *until*, the last one is what the branch had then, or had before it.

    Raises:
        InvalidInputError: The newest lock is broken.
        GuardError: The config has what its lock does not know.
    """
    newest = read_lock(environment, branch)
    served = as_served(environment, branch, newest)
    if served is not newest:
        config = path(environment, paths.config_path(environment.name))
        edit = next(branch.log(config, until), None)
        if edit is not None:
            yield LockState(edit.commit.at, served)
        elif until is not None:
            yield LockState(until.since, served)
    before = newest
    for revision in log(environment, branch, until):
        yield LockState(revision.commit.at, revision.after, revision.commit.subject)
        before = revision.before
    if until is not None:
        yield LockState(until.since, before)


def at(environment: Environment, branch: ReadableBranch, time: datetime) -> Lock:
    """Return the lock as the branch had it at *time*; an empty one, if nobody could read it then.

    Of a merge since then, it is that of a parent. One lock is read, however many commits there are.

    Raises:
        InvalidInputError: There is no other lock since then than one that is broken.
        PublishError: The history cannot be read.
    """
    since = branch.log(path(environment, paths.lock_path(environment.name)), LookBack(time))
    last = deque((revision.sides for revision in since), maxlen=1)
    if not last:
        return read_lock(environment, branch)
    [sides] = last
    empty = Lock(environment.name, environment.source.url)
    return (readable(environment, sides[0]) if sides else None) or empty


def recent(environment: Environment, branch: ReadableBranch, since: datetime) -> list[LockState]:
    """Return the states that a server may have which follows within the time since *since*.

    Newest first, each as servers read it, and as its lock says where a person edited the
    config beside it: a server may have missed the edit.
    """
    files = paths.lock_path(environment.name), paths.config_path(environment.name)
    found: list[LockState] = []
    for at, (data, config) in branch.recent([path(environment, it) for it in files], since):
        try:
            lock = _lock(environment, data)
            served = _edited(environment, lock, config)
        except GeneratorError:
            if not found:
                raise
            continue  # no server ever read such a lock, and such a config is not there now
        found.append(LockState(at, served))
        if served is not lock:
            found.append(LockState(at, lock))
    return found


def log(
    environment: Environment, branch: ReadableBranch, until: LookBack | None = None
) -> Iterator[LockRevision]:
    """Yield each commit of the branch that changed the lock, newest first.

    A lock that is broken was never read by a server: the commit that mended it has the one
    before it, and the one that broke it is left out.
    """
    from generator.lock.lock_reader import LockReader  # noqa: PLC0415  few runs need a past

    read = LockReader(_place(environment)).read
    mended: tuple[Commit, Lock] | None = None
    for found in branch.log(path(environment, paths.lock_path(environment.name)), until):
        after = readable(environment, found.data, read)
        sides = [it for data in found.sides if (it := readable(environment, data, read))]
        base = readable(environment, found.base, read)
        if after is not None and mended is not None:
            yield LockRevision(mended[0], after, mended[1])
            mended = None
        commit, left = mended or (found.commit, after)
        if left is None:
            continue
        if len(sides) == 1:
            yield LockRevision(commit, sides[0], left)
        elif sides and base is not None:
            yield LockRevision(commit, before_merge(sides, base, left), left)
        mended = (commit, left) if not sides else None
    if mended is not None:
        commit, left = mended
        yield LockRevision(commit, Lock(left.environment, left.source), left)


def readable(
    environment: Environment, data: bytes | None, read: Callable[[bytes], Lock] | None = None
) -> Lock | None:
    """Return the lock in a committed file, an empty one of none; None of one that is broken.

    *read* is that of a `LockReader`, where many of one past are read.
    """
    try:
        return read(data) if read and data is not None else _lock(environment, data)
    except InvalidInputError:
        return None


def _edited(environment: Environment, lock: Lock, config: bytes | None) -> Lock:
    """Return *lock* as the config beside it says, for which a person may have had a reason."""
    if config is None:
        return lock
    file = path(environment, paths.config_path(environment.name))
    place = f"{environment.delivery.branch}:{file}"
    return hand_edits.as_served(
        lock, config.decode(errors="replace"), environment.source.root, place
    )


def _lock(environment: Environment, data: bytes | None) -> Lock:
    if data is None:
        return Lock(environment.name, environment.source.url)
    return lock_file.load(data.decode(errors="replace"), _place(environment))


def _place(environment: Environment) -> str:
    file = path(environment, paths.lock_path(environment.name))
    return f"{environment.delivery.branch}:{file}"
