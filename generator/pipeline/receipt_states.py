"""The states that a receipt rests on: of repositories, of stores, and of lists of pull requests.

Each is as a run has seen it, and None where it could not be compared with what is there later.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from generator.catalog.location import StoreAddress
from generator.catalog.watched import WatchedStore
from generator.delivery import head
from generator.delivery.credentials import hide_credentials
from generator.delivery.outcome import Outcome
from generator.delivery.ports import Branch, WritableBranch
from generator.delivery.pull_list import ListedPulls, PullList
from generator.delivery.pull_request import PullRequest
from generator.delivery.watched_forge import WatchedForge
from generator.environment.environment import Environment
from generator.errors import GeneratorError
from generator.pipeline.at_rest import compared_directories, held_directories
from generator.pipeline.following import Following
from generator.pipeline.receipt import RepositoryState, StoreState
from generator.pipeline.run import Run
from generator.plan.shared_store import SharedStore

PullsOf = Callable[[PullList, Sequence[PullRequest]], ListedPulls | None]
"""Returns what a forge lists at an address, if that is what a run has seen; None if not."""


def repository_states(
    branches: Mapping[tuple[str, str], WritableBranch], environments: Sequence[Environment]
) -> Iterator[RepositoryState | None]:
    """Yield the state of each repository, None of one that cannot be compared.

    *branches* are those that were read, by URL and name.
    """
    for url in sorted({url for url, _ in branches}):
        own = [it.name for it in environments if it.delivery.repository == url]
        heads = [head.branch_name(name) for name in own]
        read = {name: branch for (it, name), branch in branches.items() if it == url}
        tips = {name: _tip(branch) for name, branch in read.items()}
        of_heads = [_tips_of(branch, heads) for branch in read.values()]
        is_known = None not in tips.values() and hide_credentials(url) == url
        is_one = all(it == of_heads[0] for it in of_heads)
        yield RepositoryState(url, {**of_heads[0], **tips}) if is_known and is_one else None


def store_state(
    address: StoreAddress,
    shared: SharedStore,
    watched: WatchedStore | None,
    following: Following | None,
) -> StoreState | None:
    """Return the state of the store at *address*; None where it cannot be compared."""
    if watched is None or not watched.is_steady or shared.presence.absent:
        return None
    if len(watched.listings) != 1 or "" in watched.listings:
        return None
    seen = watched.directories
    compared = compared_directories(shared)
    held = held_directories(shared.catalog, seen)
    if held is None or not compared <= seen.keys():
        return None
    [indexes] = watched.listings
    directories = {path: seen[path] for path in sorted(compared | held)}
    queues = following.queues(address) if following else ()
    return StoreState(address, indexes, directories, queues)


def listed_pulls(
    forges: Iterable[WatchedForge], heads: AbstractSet[str], pulls_of: PullsOf
) -> Iterator[ListedPulls | None]:
    """Yield what forges have listed of *heads*; None of what they list otherwise now."""
    known: dict[PullList, tuple[PullRequest, ...]] = {}
    for forge in forges:
        for branch in forge.listed.keys() & heads:
            answers = forge.listed[branch]
            try:
                place = forge.pull_list(branch)
            except GeneratorError:
                yield None
                continue
            if {*answers, known.setdefault(place, answers[0])} != {answers[0]}:
                yield None
    for place, seen in known.items():
        yield pulls_of(place, seen)


def proposed_heads(ended: Sequence[tuple[Run, Outcome]]) -> Iterator[str]:
    """Yield the branches whose pull requests the next run would ask for, as these have *ended*.

    Without something to propose, and without the branch of an earlier proposal, it asks for none.
    """
    for run, outcome in ended:
        name = head.branch_name(run.environment.name)
        [tip] = _tips_of(run.branch, [name]).values()
        if outcome.plan.changed or tip is not None:
            yield name


def _tip(branch: WritableBranch) -> str | None:
    """Return the newest commit of *branch*; None without one."""
    return branch.tip if isinstance(branch, Branch) else None


def _tips_of(branch: WritableBranch, heads: Iterable[str]) -> dict[str, str | None]:
    """Return the newest commits of the branches *heads* beside *branch*, None of no branch."""
    return {it: branch.tip_of(it) if isinstance(branch, Branch) else None for it in heads}
