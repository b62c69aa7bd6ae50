"""The rules of rollout and staging, each with a function that lacks it.

Each has a witness: a short history that the program survives only with the rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from generator.lock import reverts
from generator.plan import git_steps, safe_steps
from generator.serving import rollout
from tests.histories.fleet import faults, witnesses
from tests.histories.fleet.agents import AgentPod
from tests.histories.fleet.drawing import History


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule, and what stands in the place of a function when it is off."""

    rule: str
    module: Any
    name: str
    replacement: Callable[..., Any]
    breaks: str
    """What is said of the promise that breaks."""
    witness: History

    def switch_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the rule out of the program for the rest of the test."""
        monkeypatch.setattr(self.module, self.name, self.replacement)

    def __str__(self) -> str:
        return self.rule.replace(" ", "-")


_REFUSED = "wedged: the file is refused: label"
_DROPPED = "dropped and still wanted"
_LOADED = Mutant(
    "labels move only to loaded",
    *(rollout, "_labels", faults.move_labels_at_once, _REFUSED, witnesses.MOVE),
)
_STAYS = Mutant(
    "a label stays until it can move",
    *(rollout, "_labels", faults.take_waiting_labels_away, _DROPPED, witnesses.MOVE),
)

IN_GIT = (
    Mutant(
        "what a person took back stays away",
        *(reverts, "_since", faults.nothing_was_there, "made again", witnesses.TAKE_BACK),
    ),
    _LOADED,
    _STAYS,
    Mutant(
        "a removed label counts as there",
        *(rollout, "_labels", faults.forget_removed_labels, _REFUSED, witnesses.REPLACE_AND_LABEL),
    ),
    Mutant(
        "a removed model counts as there",
        *(rollout, "_step", faults.come_back_at_once, _REFUSED, witnesses.EXCLUDE_AND_RETURN),
    ),
    Mutant(
        "a model comes back with the labels it had",
        *(rollout, "_adds_to", faults.compare_versions_alone, _REFUSED),
        witnesses.EXCLUDE_AND_RETURN,
    ),
    Mutant(
        "drop after the label moved away",
        *(rollout, "_step", faults.drop_with_the_label, "went together with their labels"),
        witnesses.LABEL_AND_DROP,
    ),
    Mutant(
        "old versions go in the end",
        *(rollout, "_step", faults.never_drop, "does not come to rest", witnesses.REPLACE),
    ),
    Mutant(
        "loaded is loaded everywhere",
        *(rollout, "_step", faults.loaded_in_some, _REFUSED, witnesses.REPLACE_AND_LABEL),
    ),
    Mutant(
        "each pod has its own state",
        *(
            safe_steps,
            "next_commit",
            faults.only_the_newest,
            _REFUSED,
            witnesses.EXCLUDE_AND_RETURN,
        ),
    ),
    Mutant(
        "a step waits for settle",
        *(git_steps, "stage", faults.stage_early, _REFUSED, witnesses.EXCLUDE_AND_RETURN),
    ),
)

WITH_AGENTS = (
    _LOADED,
    _STAYS,
    Mutant(
        "add before drop",
        *(rollout, "_step", faults.drop_at_once, "wedged: model .* waits for version"),
        witnesses.TRY_AND_RETURN,
    ),
    Mutant(
        "ask what is loaded",
        *(rollout, "next_step", faults.all_is_available, _REFUSED, witnesses.MOVE_TO_BROKEN),
    ),
    Mutant(
        "dropped is not loaded",
        *(rollout, "next_step", faults.believe_what_answers, _REFUSED, witnesses.DROP_AND_RETURN),
    ),
    Mutant(
        "old versions go in the end",
        *(rollout, "_step", faults.never_drop, " is not ", witnesses.REPLACE),
    ),
    Mutant(
        "wait for the server",
        *(AgentPod, "is_taken", lambda _: True, _REFUSED, witnesses.EXCLUDE_AND_RETURN),
    ),
)
