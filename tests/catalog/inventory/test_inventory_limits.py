"""The limits of inventories: each at its number, and one beyond."""

import pytest

from generator.catalog.evidence import InventoryError
from generator.catalog.inventory.data_files import batches
from generator.catalog.inventory.newest import newest
from generator.catalog.ports import Silent
from generator.limits.inventory import INVENTORY_BATCH_BYTES, INVENTORY_LISTED
from generator.limits.limit import Limit
from tests.catalog.inventory.conftest import AT, NOW, SINCE, objects, proven
from tests.kit.inventories import Row


@pytest.mark.parametrize(("most", "is_read"), [(7, True), (6, False)])
def test_rows_are_counted_over_all_files(each_format, most, is_read):
    """Of seven rows in two files, the seventh is within a limit of seven, and not of six."""
    each_format.writer.write(AT, objects("m/1", 7), files=2)
    snapshot, manifest = newest(each_format.folder, "models", SINCE, NOW)
    limit = Limit(most, "rows", "an inventory", reason="a test", told="an error")
    found = batches(each_format.folder, snapshot, manifest, Silent(), limit)

    if is_read:
        assert sum(map(len, found)) == 7
    else:
        with pytest.raises(InventoryError, match="it has more than 6 rows"):
            list(found)


def test_a_folder_of_too_many_young_objects_has_no_newest(place):
    """One inventory and its neighbours, up to the limit, are looked through."""
    place.writer.write(AT, [], files=0)
    count = sum(1 for _ in place.folder.between("2", ":"))
    for number in range(INVENTORY_LISTED - count):
        place.folder.write(f"{AT:%Y-%m-%dT%H-%MZ}/x{number}", b"")
    assert place.inventories().newest(SINCE, NOW).at == AT

    place.folder.write(f"{AT:%Y-%m-%dT%H-%MZ}/y", b"")
    with pytest.raises(InventoryError, match=f"it lists {INVENTORY_LISTED.over}"):
        place.inventories().newest(SINCE, NOW)


@pytest.mark.parametrize(("blocks", "is_read"), [(1, True), (2, False)])
def test_a_row_of_a_csv_is_in_two_blocks_at_most(place, blocks, is_read):
    """A row without an end would be all of memory."""
    place.writer.format = "CSV"
    key = "k" * (INVENTORY_BATCH_BYTES * blocks)
    place.writer.write(AT, [*objects("m/1"), Row(key, 1, "e")])
    version = proven("m/1", objects("m/1"))

    if is_read:
        assert place.unchanged(version) == {"m/1"}
    else:
        with pytest.raises(InventoryError, match=r"is no CSV: .*straddl"):
            place.unchanged(version)
