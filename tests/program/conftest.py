"""Fixtures of what only the whole program shows."""

from pathlib import Path

import pytest

from tests.kit.fleets import init
from tests.kit.workflows import STORES, files


@pytest.fixture(scope="module", params=["ours", *STORES])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return our workflows, and those for fleets with each kind of store."""
    if request.param == "ours":
        return files()
    fleet = tmp_path_factory.mktemp("fleet")
    init(fleet, *STORES[request.param], "--repository", "https://github.com/a/b")
    return sorted((fleet / ".github/workflows").glob("*.yml"))
