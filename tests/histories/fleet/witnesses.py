"""Short histories, each of which a program without one of its rules does not survive."""

from generator.environment.environment import Choice
from tests.histories.fleet.actions import Edit, Revert
from tests.histories.fleet.drawing import history_of
from tests.histories.fleet.world import SETTLE, ModelRule


def _pin(model: str, *versions: int, **labels: int) -> Edit:
    return Edit(model, ModelRule(Choice(pin=versions), labels))


_EXCLUDE = Edit("a", ModelRule(Choice(every=True), exclude=True))
_TO_2 = _pin("a", 2, stable=2)
_TO_2_OF_B = _pin("b", 2, stable=2)

MOVE = history_of([[(_TO_2, 0)]])
"""A label moves, with the version that it names."""

MOVE_TO_BROKEN = history_of([[(_pin("a", 1, 3, stable=3), 0)]])
"""A label moves to a version that is added beside the old one; with agents it never loads."""

LABEL_AND_DROP = history_of([[(_TO_2_OF_B, 0), (_pin("b", 1), 0)]])
"""A label comes, and goes together with its version."""

REPLACE = history_of([[(_pin("a", 2), 0)]])
"""One version takes the place of another, and the label goes."""

REPLACE_AND_LABEL = history_of([[(_pin("a", 2), 0), (_TO_2, 0)]])
"""A label goes, and comes back elsewhere before each pod has seen that it was gone."""

EXCLUDE_AND_RETURN = history_of([[(_EXCLUDE, 60), (_pin("a", 1, 2, stable=2), 500)]])
"""A model goes, and comes back before each pod has seen it gone, its label elsewhere."""

TRY_AND_RETURN = history_of([[(_pin("a", 3), SETTLE), (_pin("a", 1, stable=1), 0)]])
"""A version that with agents never loads, and the old one wanted again."""

DROP_AND_RETURN = history_of(
    [[(_pin("b", 1, 2, stable=2), SETTLE), (_pin("b", 1, stable=1), 900), (_TO_2_OF_B, 0)]]
)
"""A version is dropped, and wanted again while it still answers."""

TAKE_BACK = history_of([[(_pin("a", 1, 2), 0), (Revert(), 0)]])
"""A version is added, and a person reverts that."""

_ALL = [_pin("a", 1, 2, 3, stable=1), _pin("b", 1, 2, 3)]
_ONE = [_pin("a", 1, stable=1), _pin("b", 1)]
DROP_AND_READ_AGAIN = history_of(
    zip(edits, (0, pause), strict=True) for edits, pause in ((_ALL, 4000), (_ONE, 300), (_ALL, 0))
)
"""A pod reads that versions are wanted again while it unloads them one after another.

No rule could help: people took them out, and the pod had begun to do what they said.
"""
