"""`generator.catalog.selection`: claims and versions of several indexes together."""

from datetime import timedelta

from msgspec.structs import replace

from generator.catalog import selection
from generator.catalog.catalog import IndexRef
from generator.catalog.hold import Code
from tests.kit import strategies as own
from tests.kit.claims import PB, claim


def test_two_directories_with_one_number_are_both_held():
    """A server would load one of them, nobody knows which."""
    one, two, other = (own.version("m", n) for n in (1, 1, 2))
    two = replace(two, directory="001")

    good, held = selection.unambiguous([one, two, other])

    assert good == (other,)
    assert {(hold.code, hold.version) for hold in held} == {(Code.DUPLICATE_VERSION_DIRECTORY, 1)}
    assert held[0].problems == ("directories '1' and '001' are both version 1 of 'm'",)
    assert len(held) == 2


def test_one_number_in_two_models_is_no_collision():
    """Only the spelling within one base path matters."""
    one, foreign = own.version("m", 1), replace(own.version("n", 1), directory="01")

    assert selection.unambiguous([one, foreign]) == ((one, foreign), ())


def test_claims_are_grouped_by_directory_and_counted_by_index():
    """Each directory is listed once, however many indexes name it."""
    one = claim((PB, "aa"))
    again = claim((PB, "aa"), index="index-0.csv")
    two = claim((PB, "aa"), directory="2")
    assert selection.by_directory([one, two, again]) == {"m/1": (again, one), "m/2": (two,)}
    assert selection.versions_listed([one, two, again], []) == {"index-1.csv": 2, "index-0.csv": 1}


def test_a_version_that_several_indexes_prove_is_that_of_the_newest():
    """Each version is there once, sorted by base path and number."""
    old, new = own.version("m", 10), own.version("m", 10)
    new = replace(new, index=IndexRef("index-0.csv", "i"), published=new.published + timedelta(1))
    nine, other = own.version("m", 9), own.version("a", 11)
    for given_ in ([old, new, nine, other], [other, nine, new, old]):
        assert selection.newest(given_) == (other, nine, new)


def test_of_indexes_of_one_second_the_last_by_name_counts():
    """The choice must not depend on the order of a listing."""
    first = own.version("m", 1)
    second = replace(first, index=IndexRef("index-z.csv", "i"))
    assert selection.newest([first, second]) == selection.newest([second, first]) == (second,)
