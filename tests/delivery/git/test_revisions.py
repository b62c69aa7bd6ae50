"""The commits that changed a file, on random histories, against a slow and plain reading."""

import tempfile
from datetime import UTC, datetime

import pygit2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.delivery.git.history import revisions
from generator.lock.commit import LookBack
from tests.kit.examples import examples

PATH = "a/b/file"
BEGAN = 1_700_000_000
HOUR = 3600

PARENTS = st.lists(st.integers(1, 4), min_size=1, max_size=2, unique=True)
"""How many commits back each parent is; two are a merge."""


def histories(*apart):
    """Draw each commit's parents, the content if it writes one, and how long after the last.

    None is a commit with a date of 1970, as an import or a program of one's own makes it.
    """
    contents = st.none() | st.integers(0, 3)
    return st.lists(st.tuples(PARENTS, contents, st.sampled_from(apart)), min_size=1, max_size=14)


COMMITS, WELL_DATED = histories(0, 60, 60, 60, -HOUR, None), histories(0, 60, 60)


class History:
    """A repository with drawn commits."""

    def __init__(self, folder, drawn):
        self.repo = pygit2.init_repository(folder, bare=True)
        self.commits = []
        self.contents = {}
        at = BEGAN
        for number, (back, content, later) in enumerate(drawn):
            at += later or 0
            parents = list(dict.fromkeys(max(0, number - it) for it in back)) if number else []
            if content is None and parents:
                content = self.contents[self.commits[parents[0]]]  # noqa: PLW2901
            self.add(parents, content, 0 if later is None else at, number)

    def add(self, parents, content, at, number):
        """Write a commit that leaves *content* in the file, None for no file."""
        repo = self.repo
        builder = repo.TreeBuilder()
        builder.insert("other", repo.create_blob(str(number).encode()), pygit2.enums.FileMode.BLOB)
        if content is not None:
            blob = repo.create_blob(str(content).encode())
            inner = repo.TreeBuilder()
            inner.insert("file", blob, pygit2.enums.FileMode.BLOB)
            middle = repo.TreeBuilder()
            middle.insert("b", inner.write(), pygit2.enums.FileMode.TREE)
            builder.insert("a", middle.write(), pygit2.enums.FileMode.TREE)
        who = pygit2.Signature("A", "a@example.com", at, 0)
        above = [self.commits[it] for it in parents]
        made = repo.create_commit(None, who, who, f"c{number}", builder.write(), above)
        self.commits.append(made)
        self.contents[made] = content

    @property
    def tip(self):
        """The last commit."""
        return self.repo[self.commits[-1]]

    def told(self, until=None):
        """Return the revisions, and the ids of their commits."""
        found = list(revisions(self.repo, self.tip, "main", PATH, until))
        return found, [pygit2.Oid(hex=one.commit.id) for one in found]

    def reachable(self):
        """Return all commits that the tip has."""
        return [commit.id for commit in self.repo.walk(self.tip.id)]

    def is_change(self, commit):
        """Whether a commit has the file as no side made it that changed it."""
        parents = self.repo[commit].parent_ids
        sides = {self.contents[parent] for parent in parents} or {None}
        if len(sides) > 1:
            found = self.repo.merge_base(*parents)
            base = self.contents[found] if found else None
            sides = {one for one in sides if one != base} or {base}
        return sides != {self.contents[commit]}


@settings(max_examples=examples(100))
@given(COMMITS)
@example([([1], 0, 0), ([1], 1, 0), ([1], 2, 0), ([2, 1], 2, 0)])
@example([([1], 0, 0), ([1], 1, -HOUR), ([2], None, 60), ([2, 1], 1, 60)])
@example([([1], 0, 0), ([1], 1, 60), ([1], None, 0), ([3, 2], None, 60), ([1], None, -HOUR)])
def test_each_change_is_told_once_and_after_all_that_were_made_on_it(drawn):
    """Whatever the dates are: two sides that end at the root, criss-cross merges, equal seconds."""
    with tempfile.TemporaryDirectory() as folder:
        history = History(folder, drawn)

        found, ids = history.told()

        assert len(set(ids)) == len(ids)
        assert set(ids) == {one for one in history.reachable() if history.is_change(one)}
        for place, one in enumerate(ids):
            assert not any(history.repo.descendant_of(later, one) for later in ids[place + 1 :])
        for revision, one in zip(found, ids, strict=True):
            content = history.contents[one]
            assert revision.data == (None if content is None else str(content).encode())


@settings(max_examples=examples(50))
@given(WELL_DATED, st.integers(-HOUR, 14 * 60))
def test_all_that_came_after_a_moment_is_told_and_nothing_else_is(drawn, seconds):
    """In the same order as without a bound; a merge is what brings the commits of its side."""
    since = datetime.fromtimestamp(BEGAN + seconds, UTC)
    with tempfile.TemporaryDirectory() as folder:
        history = History(folder, drawn)
        every, _ = history.told()

        found, _ = history.told(LookBack(since))

        newer = [one.commit for one in every if one.commit.at > since]
        assert [one.commit for one in found] == newer


@settings(max_examples=examples(20))
@given(COMMITS, st.integers(1, 15))
def test_so_many_commits_are_read_at_least(drawn, commits):
    """Though all of them are older than what is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        history = History(folder, drawn)
        _, every = history.told()

        _, ids = history.told(LookBack(datetime.max.replace(tzinfo=UTC), commits))

        assert set(ids) <= set(every)
        if commits >= len(history.reachable()):
            assert ids == every
        if history.is_change(history.tip.id):
            assert ids[0] == history.tip.id


def test_a_date_that_somebody_made_up_brings_no_change_before_what_it_was_made_on(tmp_path):
    """One side of a merge ends with two such commits, on a change of that side."""
    drawn = [([1], 0, 0), ([1], 1, 60), ([1], 2, 60), ([1], None, None), ([1], None, None)]
    history = History(tmp_path, [*drawn, ([4], None, 60), ([1, 2], 2, 60)])

    _, told = history.told()

    assert told == [history.commits[2], history.commits[1], history.commits[0]]


def test_a_late_merge_brings_nothing_that_was_on_the_branch_before(tmp_path):
    """Work that was begun long ago and is merged today makes no state of the branch younger."""
    day = 24 * HOUR
    # Five commits on main; a side from the second one; their merge, a month later.
    drawn = [([1], number, day) for number in range(5)]
    history = History(str(tmp_path), [*drawn, ([4], None, day), ([2, 1], None, 30 * day)])
    merged = history.repo[history.commits[-1]].commit_time

    found, _ = history.told(LookBack(datetime.fromtimestamp(merged - day, UTC)))
    all_of_them, _ = history.told()

    assert found == []
    assert [one.commit.at.timestamp() for one in all_of_them] == [
        BEGAN + number * day for number in range(5, 0, -1)
    ]


def test_a_clock_that_is_a_little_fast_makes_no_state_of_the_branch_younger(tmp_path):
    """The commit that a side parted from is dated after the one that followed it on the branch."""
    day = 24 * HOUR
    drawn = [([1], 0, day), ([1], 1, day), ([1], 2, -60), ([2], None, day), ([2, 1], None, day)]
    history = History(str(tmp_path), drawn)

    found, _ = history.told()

    assert [one.data for one in found] == [b"2", b"1", b"0"]
    assert max(one.commit.at.timestamp() for one in found) <= BEGAN + 2 * day
