"""The models.config of a lock has each model at its base path below the root of the store."""

import pytest

from generator.lock.models_config import models_config
from generator.serving import config_reader
from tests.kit.strategies import model, version


@pytest.mark.parametrize("root", ["/models", "gs://bucket/team"])
def test_each_model_of_a_lock_is_an_entry_below_the_root(root):
    """Its versions, its labels and its platform are those of the lock."""
    one = model("a", version("team/a", 1), version("team/a", 2), stable=1)
    found = config_reader.read(models_config([one], root)).by_name["a"]
    assert found.base_path == f"{root}/team/a"
    assert (found.versions, found.labels) == ((1, 2), {"stable": 1})
    assert found.platforms == ("tensorflow",)
