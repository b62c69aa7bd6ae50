"""Reading the overview of an environment from its branch."""

import pytest
from msgspec.structs import replace

from generator.lock import lock_file, paths
from generator.status.overview.read import Pasts, read
from tests.kit.manifests import a_lock, an_environment
from tests.kit.memory_run import MemoryBranch


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"serving": {}},
        {"source": {"url": "file:///m"}, "serving": {"image": 5}},
        {"source": {"url": "file:///m"}, "serving": {"image": {"a": 1}}},
        {"source": {"url": "file:///m"}, "serving": {"replicas": -5}},
        {"source": {"url": "file:///m"}, "serving": {"autoscaling": 7}},
    ],
)
def test_settings_that_no_environment_has_tell_nothing_of_a_deployment(settings):
    """A person edited the lock, or another release wrote it: what it means is not guessed."""
    environment = an_environment()
    lock = replace(a_lock(), settings=settings)
    branch = MemoryBranch({paths.lock_path(environment.name): lock_file.dump(lock).encode()})

    assert read(environment, branch, Pasts(), None).serving is None
