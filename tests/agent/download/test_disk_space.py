"""A disk or a volume that is full takes nothing away."""

import re

import pytest
from msgspec.structs import replace

from generator.agent import Models
from generator.agent.download.disk_space import DiskSpace
from tests.kit import versions as published
from tests.kit.downloads import FILES, LARGE, keep, objects_read, small_disk, tree
from tests.kit.versions import publish, visible


def test_a_version_that_does_not_fit_is_not_begun(s3, proxy, store, root):
    """The reason has both numbers; a smaller one is fetched all the same."""
    publish(s3.put, "m/1", {"saved_model.pb": LARGE})
    publish(s3.put, "m/2", FILES)
    lock = published.lock(store)
    count = len(proxy.requests)
    with small_disk(root, "8m"):
        fetched = Models(root, store).fetch(lock)
        assert visible(root) == tree("m/2")

    assert fetched.present == {("m", 2)}
    why = fetched.failed["m", 1]
    assert why.startswith("40,160,000 bytes are still to be fetched, which need 40,610,752 on ")
    assert why.endswith(f" are free in {root}")
    assert not fetched.store_to_blame
    assert "m/1/saved_model.pb" not in objects_read(proxy, count)


def test_a_volume_with_a_limit_is_full_before_its_disk_is(s3, proxy, store, root):
    """Kubernetes evicts a pod whose emptyDir outgrows its limit: what is there counts."""
    publish(s3.put, "m/1", {"saved_model.pb": b"x" * 3_000_000})
    publish(s3.put, "m/2", {"saved_model.pb": b"y" * 3_000_000})
    lock = published.lock(store)
    one = replace(lock, models=(keep(lock, 1),))
    assert not Models(root, store, 5_000_000).fetch(one).failed

    fetched = Models(root, store, 5_000_000).fetch(lock)
    assert fetched.present == {("m", 1)}
    free = re.search(
        r"which need 3,0\d\d,\d{3} on the disk; ([\d,]+) are free in ", fetched.failed["m", 2]
    )
    assert free
    assert 1_900_000 < int(free[1].replace(",", "")) <= 2_000_000
    assert Models(root, store, 7_000_000).fetch(lock).present == {("m", 1), ("m", 2)}


def test_a_disk_that_fills_up_meanwhile_takes_nothing_away(s3, proxy, store, root):
    """What was served and what was verified stays, and the next round completes."""
    publish(s3.put, "m/1", FILES)
    publish(s3.put, "m/2", {"saved_model.pb": b"x" * 6_000_000, "a": b"a" * 100_000})
    lock = published.lock(store)
    with small_disk(root, "12m"):
        models = Models(root, store)
        models.fetch(replace(lock, models=(keep(lock, 1),)))

        def fill(_number, request):
            if "/m/2/saved_model.pb" in request:
                (root / "filler").write_bytes(b"x" * 6_000_000)

        proxy.fault = fill
        fetched = models.fetch(lock)
        assert "No space left on device" in fetched.failed["m", 2]
        assert (fetched.present, fetched.store_to_blame) == ({("m", 1)}, False)
        assert visible(root).keys() == {*tree("m/1"), "filler"}
        assert not any(root.glob(".tfs-gitops/staging/*/parts/*"))

        (root / "filler").unlink()
        proxy.fault = lambda _number, _request: None
        assert not models.fetch(lock).failed


def test_what_was_promised_to_one_download_is_not_free_for_another(tmp_path):
    """Two that fit alone would fill the disk together."""
    free = [100_000]
    space = DiskSpace(tmp_path, lambda: free[0], lambda: None)
    space.reserve("a", 60_000, 1)
    with pytest.raises(OSError, match="need 48,592 on the disk; 40,000 are free"):
        space.reserve("b", 40_000, 1)
    free[0] -= 30_000
    space.release("a", 30_000)  # written: the disk says so itself
    with pytest.raises(OSError, match="40,000 are free"):
        space.reserve("b", 40_000, 1)
    space.cancel("a")  # not needed after all
    space.release("a", 30_000)
    space.reserve("b", 40_000, 1)


def test_what_a_folder_may_take_is_measured_once(tmp_path):
    """It takes long. What was promised since counts, whatever became of it."""
    asked, allowed = [], [100_000]

    def measure():
        asked.append(allowed[0])
        return allowed[0]

    space = DiskSpace(tmp_path, lambda: 10**9, measure)
    space.reserve("a", 60_000, 0)
    allowed[0] -= 60_000
    space.release("a", 60_000)
    space.reserve("b", 30_000, 0)
    with pytest.raises(OSError, match="10,100 on the disk; 9,100 are free"):
        space.reserve("c", 10_000, 0)
    assert len(asked) == 1
    space.renew()
    with pytest.raises(OSError, match="9,700 are free"):  # 30,000 are not written yet
        space.reserve("c", 10_000, 0)
    assert asked == [100_000, 40_000]
