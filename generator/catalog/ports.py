"""What the pipeline needs from the outside: ports of a few methods each.

Only `generator.errors` leave a port, whatever the library behind it raises.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from generator.catalog.catalog import Known, StoredObject, Unreadable, Version
from generator.catalog.location import Location
from generator.delivery.pull_request import PullRequest
from generator.delivery.seal import Head
from generator.environment.delivery import Author
from generator.environment.environment import Environment, Source
from generator.lock.commit import Commit
from generator.plan.gates import Findings

T = TypeVar("T")


class Store(Protocol):
    """An object store, read below one prefix; all keys are relative to that prefix.

    Every method raises StoreError when the store itself fails, and then nothing may change.
    """

    location: Location
    """Where it is; index files may name it."""

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the store, sorted by key."""
        ...

    def overlooked(self) -> tuple[str, ...]:
        """Return keys that may be meant as indexes, and are none; of a store without, some more.

        It goes by what `indexes` has seen, and asks for a page or two only if that found none.
        """
        ...

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each object, in any order; Missing where there is no such key."""
        ...

    def range(self, key: str, start: int, end: int) -> bytes | Unreadable:
        """Return the bytes of an object from *start* to before *end*, or to where it ends."""
        ...

    def stream(self, item: StoredObject) -> Iterator[bytes | Unreadable]:
        """Yield the bytes of *item* as it was listed, in pieces of a bounded size.

        An Unreadable ends them where the object is withheld, or is another one by now.
        """
        ...

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...] | Unreadable]]:
        """Yield each directory once, in any order, with all objects below it.

        Unreadable where the store does not list that one.
        """
        ...

    def look(
        self, items: Sequence[tuple[StoredObject, int]]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield each object with its first bytes, as many as are asked for.

        Unreadable where the store does not hand it out as it was listed.
        """
        ...

    def checksums(
        self, wanted: Collection[tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield each (key, algorithm) with the hex digest of the object's bytes, or Unreadable."""
        ...


class Branch(Protocol):
    """The base branch of a delivery repository, as it was when it was last fetched."""

    def fetch(self) -> None:
        """Read the branch again.

        Raises:
            PublishError: The repository cannot be reached or read.
        """
        ...

    def read(self, folder: str) -> Mapping[str, bytes]:
        """Return the files below *folder* by their path in the repository."""
        ...

    def has(self, path: str) -> bool:
        """Whether the branch has a file at *path*."""
        ...

    def refuse_misfits(self, files: Collection[str], folders: Collection[str]) -> None:
        """Raise if the branch has something else where *files* are to be, or *folders*.

        Raises:
            PublishError: A file, a link or a submodule is where a folder must be, or the
                other way round, or a name beside or below them is that of another place.
        """
        ...

    def recent(
        self, paths: Sequence[str], since: datetime
    ) -> list[tuple[datetime, tuple[bytes | None, ...]]]:
        """Return files as each commit left them that may have come after *since*, newest first.

        And as all parents of these commits left them: what servers had before.

        Raises:
            PublishError: The history cannot be read.
        """
        ...

    def log(self, path: str) -> Iterator[tuple[Commit, bytes | None]]:
        """Yield each commit of the branch with the file as it left it, newest first.

        None where the file is absent. A commit that leaves the file alone yields the same
        object again. The past is read as far as it is asked for.

        Raises:
            PublishError: The history cannot be read.
        """
        ...

    def commit(
        self,
        files: Mapping[str, bytes],
        removed: Collection[str],
        message: str,
        author: Author | None,
    ) -> str | None:
        """Commit on top of the fetched branch, and push; return the commit's id.

        None says that somebody else was faster: fetch, plan and commit again.

        Raises:
            PublishError: The repository refused the push.
        """
        ...

    def is_beside(self, name: str) -> bool:
        """Whether the repository had the branch *name* too when this one was fetched."""
        ...

    def proposal(self, name: str, folder: str) -> "Proposal | None":
        """Return the branch *name*, for a pull request into this one.

        Commits there are ours if they were made for *folder*, the `delivery.path`. None says
        that it has moved since this branch was fetched.

        Raises:
            PublishError: The repository cannot be reached.
        """
        ...


class Forge(Protocol):
    """Where the pull requests into one base branch are.

    Every method waits as the forge asks, for a bounded time, and raises PublishError when
    the forge refuses or does not answer. Each is safe to repeat.
    """

    def requests(self, head: str) -> tuple[PullRequest, ...]:
        """Return the newest pull requests from the branch *head*, newest first.

        In any state, and into any branch: people send them elsewhere.
        """
        ...

    def open(self, head: str, title: str, body: str) -> PullRequest:
        """Open a pull request from *head*; one that is open already is taken over."""
        ...

    def carry(self, request: PullRequest) -> PullRequest:
        """Give *request* what the environment says it carries: labels, reviewers, the merge.

        What the forge refuses of that is among its `notes`, and no error.
        """
        ...

    def update(self, request: PullRequest, title: str, body: str) -> PullRequest:
        """Give *request* another title and body; all else stays as people have left it."""
        ...

    def keep_merging(self, request: PullRequest, commit: str) -> PullRequest:
        """Let *request* merge itself as it did before *commit* was pushed: some end it then.

        What hinders that is among its `notes`, and no error.
        """
        ...

    def close(self, request: PullRequest, comment: str) -> None:
        """Close *request* without a merge, with a *comment* that says why."""
        ...


class Proposal(Protocol):
    """The branch of a pull request, as it was when it was read."""

    name: str

    @property
    def head(self) -> Head | None:
        """The newest commit; None without a branch."""
        ...

    def read(self, path: str) -> Mapping[str, bytes]:
        """Return the files at or below *path* by their path in the repository."""
        ...

    def commit(
        self,
        files: Mapping[str, bytes],
        removed: Collection[str],
        message: str,
        author: Author | None,
    ) -> str | None:
        """Put one commit on top of the base branch here, in place of what was here before.

        None says that the branch has moved since it was read.

        Raises:
            PublishError: The repository refused the push.
        """
        ...

    def delete(self) -> bool:
        """Delete the branch; False says that it has moved since it was read.

        Raises:
            PublishError: The repository refused that.
        """
        ...


class Progress(Protocol):
    """Shows on a terminal how far long work is."""

    def track(
        self, what: str, items: Iterable[T], total: int, weigh: Callable[[T], int] | None = None
    ) -> Iterator[T]:
        """Yield *items*, adding their weights up to *total*; each weighs 1 unless *weigh* says."""
        ...


class Memory(Protocol):
    """What earlier runs proved of one store. A cache: without it a run reads more."""

    def recall(self, known: Collection[tuple[str, str]] = ()) -> Known:
        """Return the versions by index, but for the indexes (key, ETag) that are *known*."""
        ...

    def remember(self, versions: Iterable[Version]) -> None:
        """Keep *versions* for the next run, and nothing else; never raises."""
        ...

    def refused(self) -> Collection[str]:
        """Return the digests of the versions that an answer is against."""
        ...

    def answer(self, question: str) -> Findings | None:
        """Return what an earlier run found in a version; None if it did not ask."""
        ...

    def learn(self, answers: Mapping[str, tuple[str, Findings]]) -> None:
        """Keep *answers* by question, each with the digest of its version; never raises."""
        ...


class Openers(Protocol):
    """What a run over several environments opens, each when it is first needed."""

    def environment(self, name: str) -> Environment:
        """Load an environment.

        Raises:
            InvalidInputError: There is none of that name, or its file is invalid.
        """
        ...

    def branch(self, environment: Environment) -> Branch:
        """Open the branch that *environment* is delivered to, and fetch it.

        Raises:
            PublishError: The repository or the branch cannot be read.
        """
        ...

    def store(self, source: Source) -> Store:
        """Open the store of *source*.

        Raises:
            StoreError: It is not to be found, or no credentials for it are.
        """
        ...

    def memory(self, source: Source) -> Memory:
        """Return what earlier runs proved of the store of *source*."""
        ...

    def now(self) -> datetime:
        """Return the time, with its zone."""
        ...

    def build_problem(self, files: Callable[[], Mapping[str, bytes]], overlay: str) -> str | None:
        """Return why the folder *overlay* of *files* does not build; None if nobody can tell.

        The files are read only where something can try them.
        """
        ...

    def progress(self) -> AbstractContextManager[Progress]:
        """Return how to show the progress of one survey."""
        ...


class Silent:
    """A Progress that shows nothing."""

    def track(
        self,
        what: str,  # noqa: ARG002
        items: Iterable[T],
        total: int,  # noqa: ARG002
        weigh: Callable[[T], int] | None = None,  # noqa: ARG002
    ) -> Iterator[T]:
        """Yield *items*."""
        yield from items
