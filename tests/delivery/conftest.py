"""A fleet that is delivered by pull request, on both forges, as a fixture."""

import pytest

from tests.kit.reviewed_fleet import reviewed


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet with one published version and nothing delivered yet."""
    with reviewed(request.param, tmp_path, monkeypatch) as found:
        yield found
