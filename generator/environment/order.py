"""The order of environments: each after those that it takes versions `from`."""

from collections.abc import Iterable
from graphlib import TopologicalSorter
from heapq import heapify, heappop, heappush

from generator.environment.environment import Environment


def in_order(environments: Iterable[Environment]) -> tuple[Environment, ...]:
    """Return *environments* with each after those of them that it takes versions `from`.

    Of those that could come next, the first by name does; so without any `from` the order is
    that of names. Loading refuses a `from` that runs in a circle.
    """
    by_name = {environment.name: environment for environment in environments}
    sorter = TopologicalSorter(
        {name: environment.sources.keys() & by_name for name, environment in by_name.items()}
    )
    sorter.prepare()
    ready = list(sorter.get_ready())
    heapify(ready)
    found: list[Environment] = []
    while ready:
        name = heappop(ready)
        found.append(by_name[name])
        sorter.done(name)
        for freed in sorter.get_ready():
            heappush(ready, freed)
    return tuple(found)
