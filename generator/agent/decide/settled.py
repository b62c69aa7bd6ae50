"""Settled models: those that are served as they are wanted, of which nothing is to be proven.

Their step is to stay as it is. Of thousands, most are settled: so a round costs little more than
what moves in it.
"""

from collections.abc import Iterator

from generator.agent.decide.config import Config
from generator.agent.decide.leads import Leads
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation


def settled_models(
    wanted: Config, current: Config, pod: Observation, history: LoadHistory, leads: Leads
) -> Iterator[str]:
    """Yield the models of *wanted* that are settled, where the server was told *current*."""
    failures, probed = history.failures, pod.probed
    for name, entry in wanted.items():
        if current.get(name) != entry or pod.model(name).serves != entry.state:
            continue
        versions = ((name, number) for number in entry.state.versions)
        if all(
            probed.is_proven(it) and it not in failures and it not in leads.of for it in versions
        ):
            yield name
