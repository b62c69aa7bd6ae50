"""The jobs of a try: small versions first, and few objects in memory."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.agent.download.download import Transfer
from generator.agent.download.jobs import Jobs, Target
from generator.agent.place import Place, Wanted
from generator.catalog.claim import Blob, Claim
from tests.kit.manifests import version


def a_version(number, objects, size):
    """Return a version that is wanted."""
    found = replace(version("m", number), objects=objects, bytes=size, digest=f"d{number}")
    return Wanted("m", found, Place("m", number))


def target(versions):
    """Return what is to be fetched: (objects, bytes) of each version."""
    items = tuple(a_version(number, *it) for number, it in enumerate(versions, 1))
    return Target(items, items, frozenset())


def claim(item):
    """Return the claim of a version."""
    path = item.place.path
    blobs = tuple(Blob(f"{path}/{it}", "e") for it in range(item.version.objects))
    return Claim("m", str(item.place.number), "i", blobs)


class Worker:
    """A worker that takes one task after the other, and says what it holds."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.begun = {}
        self.fetched = []

    def step(self):
        """Do the next task; whether there was one."""
        task = self.jobs.take()
        if task is None:
            return False
        job, piece = task
        if piece is None:
            made = claim(job.item)
            transfer = Transfer(job.item, made, {}, None, None, [*made.blobs])
            self.begun[job.item.place.number] = job.objects
            if not self.jobs.begin(job, transfer):
                self._end(job)
        else:
            self.fetched.append(piece[1].key)
            if self.jobs.has_ended(job):
                self._end(job)
        self.jobs.release(task)
        return True

    def _end(self, job):
        self.jobs.end(job)
        del self.begun[job.item.place.number]


SIZES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), max_size=12)


@given(SIZES)
def test_few_objects_are_in_memory_and_all_are_fetched(versions):
    """One version may have more than the bound: then it is alone. None is left out or doubled."""
    jobs = Jobs(target(versions), lambda: False, objects=10)
    worker = Worker(jobs)
    while worker.step():
        assert sum(worker.begun.values()) <= 10 or len(worker.begun) == 1
    wanted = [
        f"m/{number}/{it}"
        for number, (objects, _) in enumerate(versions, 1)
        for it in range(objects)
    ]
    assert sorted(worker.fetched) == sorted(wanted)
    assert not worker.begun
    assert not jobs.failed


@given(SIZES)
def test_a_smaller_version_is_never_behind_a_larger_one(versions):
    """By its bytes, as the lock has them."""
    worker = Worker(Jobs(target(versions), lambda: False, objects=10**6))
    while worker.step():
        pass
    sizes = [versions[int(key.split("/")[1]) - 1][1] for key in worker.fetched]
    assert sizes == sorted(sizes)


def test_a_version_that_nobody_wants_any_more_makes_room():
    """When its last worker is through: the next one begins, though the first never ended."""
    large, other, next_ = a_version(1, 9, 5), a_version(2, 1, 6), a_version(3, 9, 9)
    jobs = Jobs(Target((large, other), (large, other), frozenset()), lambda: False, objects=10)
    first, second = jobs.take(), jobs.take()
    assert (first[0].item, second[0].item) == (large, other)
    target = Target((other, next_), (other, next_), frozenset())

    assert jobs.retarget(target) == [first[0]]
    jobs.begin(second[0], Transfer(other, claim(other), {}, None, None, [Blob("k", "e")]))
    jobs.release(second)
    piece = jobs.take()
    assert piece[1][1].key == "k"
    jobs.release(first)
    assert jobs.take()[0].item is next_
