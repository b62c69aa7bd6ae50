"""Hypothesis strategies of histories, drawn from few values so that they meet often."""

from collections.abc import Iterable, Sequence
from itertools import chain, combinations, product

from hypothesis import strategies as st

from generator.environment.environment import Choice, LabelTarget
from generator.simulated_server.store import GOOD, Upload
from tests.histories.fleet.actions import (
    Action,
    Break,
    Choose,
    Edit,
    Label,
    Outage,
    Publish,
    Restart,
    Revert,
    SetClock,
    StartPod,
    Switch,
    Sync,
    Wait,
    Withdraw,
)
from tests.histories.fleet.agents import LONGEST_LAG
from tests.histories.fleet.pods import Lag
from tests.histories.fleet.world import SETTLE, ModelRule

History = Sequence[Action]
Chapter = Iterable[tuple[Action, int]]
"""Actions, and the seconds that pass after each."""

SLOW = Upload(slow=60)
BROKEN = Upload(fail=True)
_MODELS = ("a", "b")
_NUMBERS = (1, 2, 3, 4)
_GOOD_NUMBERS = (1, 2)
_VERSIONS = tuple(product(_MODELS, _NUMBERS))
_TARGETS: tuple[LabelTarget, ...] = ("latest", "previous", *_NUMBERS)
_LABELS: tuple[dict[str, LabelTarget], ...] = (
    {},
    *({"stable": target} for target in _TARGETS),
    {"stable": "previous", "canary": "latest"},
    *({"stable": one, "canary": other} for one, other in product(_NUMBERS, _NUMBERS)),
)
_CHOICES = (
    *(Choice(latest=number) for number in (1, 2, 3)),
    *(Choice(pin=(number,)) for number in _NUMBERS),
    *(Choice(pin=pair) for pair in combinations(_NUMBERS, 2)),
    Choice(every=True),
)


_PROMPT = [Lag(delay, every) for delay, every in product((0, 90, 600), (1, 300, 600))]
"""Lags of pods that have each state long before the next step."""


def _bare(numbers: Iterable[int]) -> st.SearchStrategy[ModelRule]:
    """Return a strategy of rules that exclude a model, or pin one version without a label."""
    pins = [ModelRule(Choice(pin=(number,))) for number in numbers]
    return st.sampled_from([ModelRule(Choice(every=True), exclude=True), *pins])


def _labelled(numbers: Iterable[int]) -> st.SearchStrategy[ModelRule]:
    """Return a strategy of rules that agree with themselves: labels on chosen versions."""
    pairs = list(combinations(numbers, 2))
    return st.sampled_from(
        [
            *(ModelRule(Choice(pin=(number,)), {"stable": number}) for number in numbers),
            *(ModelRule(Choice(pin=pair), {"stable": number}) for pair in pairs for number in pair),
            *(
                ModelRule(Choice(pin=pair), {"stable": one, "canary": other})
                for pair in pairs
                for one, other in (pair, pair[::-1])
            ),
            ModelRule(Choice(latest=2), {"stable": "previous", "canary": "latest"}),
            ModelRule(Choice(latest=1), {"stable": "latest"}),
        ]
    )


# Too short for a step, about as long as a step of an agent, and about as long as one in Git.
_PAUSES = (
    st.sampled_from((1, 60, 400))
    | st.integers(500, 2500)
    | st.sampled_from((SETTLE - 60, SETTLE, SETTLE + 1, 2 * SETTLE))
)
# Sooner than each pod has seen it, or has read the file, or has looked into the folders.
_HASTE = st.sampled_from((1, 60, 150, 300, 500))
_UNDER_WAY = st.integers(1, 600) | st.integers(1, 1500)


def _publish(uploads: Sequence[Upload]) -> st.SearchStrategy[Action]:
    contents = ("first", "first", "second")
    drawn = product(_VERSIONS, uploads, contents)
    return st.sampled_from([Publish(*it, upload, content) for it, upload, content in drawn])


def _happenings(uploads: Sequence[Upload], lags: Sequence[Lag]) -> st.SearchStrategy[Action]:
    return st.one_of(
        st.just(Sync()),
        _publish(uploads),
        st.sampled_from([Label(*it) for it in product(_MODELS, _LABELS)]),
        st.sampled_from([Choose(*it) for it in product(_MODELS, _CHOICES)]),
        st.builds(Edit, st.sampled_from(_MODELS), _bare(_NUMBERS) | _labelled(_NUMBERS)),
        st.sampled_from([make(*it) for make in (Withdraw, Break) for it in _VERSIONS]),
        st.sampled_from([Revert(back) for back in range(4)]),
        st.sampled_from([Outage(begins) for begins in (True, False)]),
        st.sampled_from([SetClock(behind) for behind in (0, 5, 60)]),
        st.sampled_from([*(StartPod(lag) for lag in lags), *map(Restart, range(4))]),
    )


def _edits(pauses: st.SearchStrategy[int]) -> st.SearchStrategy[Chapter]:
    """Return a strategy of edits of one model, to and fro between three rules.

    One of them has no label, so that labels go, and come back elsewhere.
    """
    turns = st.tuples(st.sampled_from((0, 1, 2)), pauses)
    return st.builds(
        lambda model, rules, drawn: [(Edit(model, rules[turn]), pause) for turn, pause in drawn],
        st.sampled_from(_MODELS),
        st.tuples(_bare(_NUMBERS), _labelled(_NUMBERS), _labelled(_NUMBERS)),
        st.lists(turns, min_size=3, max_size=6),
    )


def _detours() -> st.SearchStrategy[Chapter]:
    """Return a strategy of edits that are turned back or elsewhere while they are under way.

    Of versions that load, so that labels have somewhere to go.
    """
    labelled = _labelled(_GOOD_NUMBERS)
    return st.builds(
        lambda model, first, second, third, pause: [
            (Edit(model, first), SETTLE),
            (Edit(model, second), pause),
            (Edit(model, third or first), SETTLE),
        ],
        st.sampled_from(_MODELS),
        *(labelled, _bare(_GOOD_NUMBERS) | labelled, st.none() | labelled),
        _UNDER_WAY,
    )


def history_of(chapters: Iterable[Chapter]) -> History:
    """Return a history of actions; after each of them a sync runs and time passes."""
    return [
        step
        for action, pause in chain.from_iterable(chapters)
        for step in (action, Wait(1), Sync(), Wait(pause))
    ]


def _histories(actions: st.SearchStrategy[Action]) -> st.SearchStrategy[History]:
    # Three strategies, as often as edits: `one_of` keeps one of several that are the same.
    ones = [st.tuples(actions, _PAUSES).map(lambda pair: [pair]) for _ in range(3)]
    chapters = st.one_of(*ones, _edits(_PAUSES), _edits(_HASTE), _detours())
    return st.lists(chapters, min_size=3, max_size=30).map(history_of)


def in_git() -> st.SearchStrategy[History]:
    """Return a strategy of histories in which every version loads at last, and no pod is late."""
    return _histories(_happenings([GOOD, GOOD, SLOW], _PROMPT))


def with_agents() -> st.SearchStrategy[History]:
    """Return a strategy of histories in which versions fail to load, and pods lag for hours."""
    lags = [Lag(0), Lag(600), Lag(0, 2 * SETTLE), Lag(LONGEST_LAG - SETTLE, SETTLE)]
    return _histories(_happenings([GOOD, SLOW, BROKEN], lags))


def with_rolling_pods() -> st.SearchStrategy[History]:
    """Return a strategy of histories in which versions fail to load, and no pod is late."""
    return _histories(_happenings([GOOD, SLOW, BROKEN], _PROMPT))


def with_switches() -> st.SearchStrategy[History]:
    """Return a strategy of histories in which a person also switches between hot and rolling."""
    switches: st.SearchStrategy[Action] = st.sampled_from([Switch("hot"), Switch("rolling")])
    return _histories(st.one_of(switches, _happenings([GOOD, GOOD, SLOW], _PROMPT)))
