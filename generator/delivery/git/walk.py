"""A walk over the commits of a branch, each with the merge by which it came to the branch."""

import heapq
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count

import pygit2
from msgspec import Struct
from msgspec.structs import replace

from generator.lock.commit import Commit

ANOTHER_CLOCK = 24 * 3600
"""Seconds by which no clock is behind that dates commits; more is a date that somebody made up."""

_MISDATED = 32
"""Commits in a row that may have dates before those of what they were made on."""

_PULL = r"\AMerge (?:branch '{name}' of |remote-tracking branch '[^'\n]*/{name}')"
"""The subject by which `git pull`, and a merge of what was fetched, bring the branch itself."""


class Reached(Struct, frozen=False):
    """A commit that a walk has come to."""

    commit: pygit2.Commit
    key: int
    """Its time in seconds; no later than that of the commits by which it was reached, and no
    earlier than that of what it was made on, as far as `_key` looks."""
    merge: pygit2.Commit | None
    """The merge by which it came to the branch; None for a commit that was made there."""

    @property
    def value(self) -> Commit:
        """The commit, with the time at which it came to the branch.

        That is the time of the merge, but for a sync's commit that somebody's pull has put on
        a side: it was on the branch when it was made.
        """
        commit, merge = self.commit, self.merge
        made_here = Commit(
            str(commit.id),
            time_of(commit),
            _author(commit),
            _message(commit),
            _message(merge) if merge is not None else "",
            is_merge=len(commit.parent_ids) > 1,
        )
        if merge is None or (_was_pushed(commit) and made_here.pull_request is None):
            return made_here
        merged_by = _author(merge)
        return replace(made_here, at=max(time_of(merge), made_here.at), merged_by=merged_by)


class Walk:
    """The commits up to a tip, each once, the newest first by the dates that they have.

    A wrong date can bring a commit of one side of a merge before what was made on it on the
    other side: `is_in_order` is whether none of those that wait can be such. No more is in
    memory than the commits of sides that have not met yet.
    """

    def __init__(self, tip: pygit2.Commit, branch: str) -> None:
        self._pull = re.compile(_PULL.format(name=re.escape(branch)))
        self._number = count()
        self._queue: list[tuple[int, int, pygit2.Oid]] = []
        self._waiting: dict[pygit2.Oid, Reached] = {}
        self._done: set[pygit2.Oid] = set()
        self._brought: dict[pygit2.Oid, Reached] = {}
        """Of those that are done, the last that a merge seems to have brought, in their order."""
        self._has_ended = False
        """Whether one side has come to its first commit."""
        self._add(tip, _key(tip), None)

    def __iter__(self) -> Iterator[Reached]:
        while self._queue:
            here = self._waiting.pop(heapq.heappop(self._queue)[2])
            self._done.add(here.commit.id)
            self._remember(here)
            yield here
            if self.is_in_order:
                self._done.clear()
                self._brought.clear()

    @property
    def is_in_order(self) -> bool:
        """Whether all that is left lies behind one commit, and so behind all that came before."""
        return not self._waiting or (len(self._waiting) == 1 and not self._has_ended)

    @property
    def has_sides(self) -> bool:
        """Whether something waits that only a merge seems to have brought."""
        return any(reached.merge is not None for reached in self._waiting.values())

    def go_on(self, here: Reached, parents: Sequence[pygit2.Commit]) -> None:
        """Reach the *parents* of a commit too."""
        self._has_ended |= not parents
        if here.merge is not None:
            for parent in parents:
                self._add(parent, here.key, here.merge)
            return
        is_pull = len(parents) > 1 and self._pull.match(_message(here.commit)) is not None
        for number, parent in enumerate(parents):
            self._add(parent, here.key, None if number == int(is_pull) else here.commit)

    def _add(self, commit: pygit2.Commit, newer: int, merge: pygit2.Commit | None) -> None:
        known = self._waiting.get(commit.id)
        if known is not None:
            # Of merges that bring it, the walk meets the oldest last.
            known.merge = merge if known.merge is not None else None
        elif commit.id in self._done:
            if merge is None:
                self._was_there(commit.id)
        else:
            reached = Reached(commit, min(_key(commit), newer), merge)
            self._waiting[commit.id] = reached
            heapq.heappush(self._queue, (-reached.key, next(self._number), commit.id))

    def _remember(self, here: Reached) -> None:
        """Keep *here* for as long as a clock may be behind, if a merge seems to have brought it."""
        if here.merge is None:
            return
        self._brought[here.commit.id] = here
        while next(iter(self._brought.values())).key > here.key + ANOTHER_CLOCK:
            del self._brought[next(iter(self._brought))]

    def _was_there(self, found: pygit2.Oid) -> None:
        """Take back that a merge brought a commit: by its date it came before its successor."""
        here = self._brought.get(found)
        while here is not None and here.merge is not None:
            here.merge = None
            parents = here.commit.parent_ids[:1]
            here = next((self._brought.get(it) or self._waiting.get(it) for it in parents), None)


def _key(commit: pygit2.Commit) -> int:
    """Return the time of *commit* in seconds, or that of a newer one that it was made on.

    Of a commit with a date of 1970 on one side of a merge, the walk would come to what it was
    made on after all of the other side, however old that is.
    """
    key, left = commit.commit_time, [commit]
    for _ in range(_MISDATED):
        if not left:
            break
        one = left.pop()
        key = max(key, one.commit_time)
        left += (it for it in one.parents if it.commit_time >= one.commit_time)
    return key


def time_of(commit: pygit2.Commit) -> datetime:
    """Return when *commit* was made, which is not before its parent was."""
    own = commit.commit_time
    before = max((one.commit_time for one in commit.parents[:1]), default=own)
    return datetime.fromtimestamp(before if own < before <= own + ANOTHER_CLOCK else own, UTC)


def _was_pushed(commit: pygit2.Commit) -> bool:
    """Whether a sync has made this commit on the branch itself, not on one of a pull request."""
    author, committer = commit.author, commit.committer
    message = _message(commit)
    return (
        "\nTfs-Environment: " in message
        and "\nTfs-Seal: " not in message
        and (author.time, author.raw_email) == (committer.time, committer.raw_email)
    )


def _author(commit: pygit2.Commit) -> str:
    return commit.author.raw_name.decode(errors="replace")


def _message(commit: pygit2.Commit) -> str:
    return commit.raw_message.decode(errors="replace")
