"""The data that has to stay."""

from generator.agent.decide.observation import Observation
from generator.agent.decide.retention import LINGER, Retention
from tests.kit.agent_steps import entry, reports


def test_data_stays_while_anybody_may_look_for_it():
    """What was loaded goes when the server has let go of it; what failed goes later."""
    retention = Retention()

    def places(wanted, served, now, present=frozenset(), **states):
        observation = Observation(served, {"a": reports(**states)}, present, {}, now)
        kept = retention.places(wanted, served, observation)
        return {(place.base_path, place.number) for place in kept}

    both = {"a": entry(1, 2)}
    here = {("a", 1), ("a", 2)}
    assert places(both, both, 0, here, v1="AVAILABLE", v2="failed") == {("a", 1), ("a", 2)}
    new = {"a": entry(3)}
    assert places(new, new, 5, v1="AVAILABLE", v2="END") == {("a", 1), ("a", 2), ("a", 3)}
    assert places(new, new, 6, v1="END", v2="END") == {("a", 2), ("a", 3)}
    assert places(new, new, LINGER, v1="END", v2="END") == {("a", 3)}
    assert retention.models == {"a"}
