"""`generator.catalog.reproof`: when a served version is compared with the store again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.reproof import Schedule
from tests.kit import strategies as own
from tests.kit.claims import NOW

VERSIONS = [own.version("m", number) for number in range(1, 301)]
PATHS = {item.path for item in VERSIONS}
DAY = 86400


@pytest.mark.parametrize("period", [DAY, 3600, 100, 24, 7 * DAY])
@given(start=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_of_many_versions_each_is_due_in_one_slot_of_a_period(period, start):
    """A sync in every slot compares each version once, and never all of them together."""
    slot = timedelta(seconds=period // 24)
    due = [Schedule(start + slot * i, period).due(VERSIONS) for i in range(24)]
    assert sorted(path for found in due for path in found) == sorted(PATHS)
    assert all(0 < len(found) < 60 for found in due)


def test_all_versions_are_due_while_they_are_few_or_the_period_is_none():
    """Up to 200 one listing each is cheap; period 0 is `sync --reprove`."""
    assert len(Schedule(NOW, DAY).due(VERSIONS[:200])) == 200
    assert len(Schedule(NOW, DAY).due(VERSIONS[:201])) < 201
    assert Schedule(NOW, 0).due(VERSIONS) == PATHS
    assert Schedule(NOW, 23).due(VERSIONS) == PATHS
    assert Schedule(NOW, DAY).due([]) == set()


def test_a_slot_lasts_as_long_as_its_share_of_the_period():
    """Several syncs within one hour of a day compare the same versions; the next hour others."""
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    due = Schedule(hour, DAY).due(VERSIONS)
    assert due == Schedule(hour + timedelta(minutes=59, seconds=59), DAY).due(VERSIONS)
    assert due.isdisjoint(Schedule(hour + timedelta(hours=1), DAY).due(VERSIONS))
