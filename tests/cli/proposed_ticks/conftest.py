"""A fleet of pull requests with a dashboard, as fixtures."""

import pytest

from tests.kit.reviewed_fleet import reviewed


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.nightly)])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet that serves version 1 of a model, of which version 2 is proposed."""
    with reviewed(request.param, tmp_path, monkeypatch) as found:
        found.write(dashboard=True)
        found.sync()
        found.forge.merge(1)
        found.project.publish("a", 2)
        found.sync()
        yield found


@pytest.fixture
def taken_back(fleet):
    """Return the fleet whose version 2 was merged, and taken back by a person."""
    before = fleet.origin.files()
    fleet.forge.merge(2)
    fleet.origin.commit(before, 'Revert "models(dev): a"')
    fleet.sync()
    return fleet
