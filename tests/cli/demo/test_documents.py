"""The documents of a story are those of a project."""

from datetime import UTC, datetime

import pytest

from generator.cli.demo import documents
from generator.environment import freeze, load
from generator.environment.texts import Texts

STORE = "file:///srv/store"
WAVES = documents.of_waves(STORE, 3, 4)


@pytest.mark.parametrize(
    "text",
    [documents.of_one_pod(STORE), WAVES, documents.with_window(WAVES, 7)],
    ids=["one-pod", "waves", "window"],
)
def test_an_environment_of_a_story_has_no_problem(text):
    """Nor a warning that a person would have to explain away."""
    environment = load.load(Texts({"dev": text}.get, ("dev",)), "dev")

    assert environment.warnings == ()
    assert bool(environment.delivery.windows) is ("windows" in text)


def test_a_freeze_of_a_story_is_read():
    """Until it ends."""
    until = datetime(2026, 1, 1, tzinfo=UTC)
    [found] = freeze.parse(documents.freeze(until), "freeze.yaml")

    assert (found.environments, found.until) == (("dev",), until)
