"""Rollouts through environments of pods, drawn at random, with a clock that is not real."""

import traceback

from tests.campaigns.campaign import Campaign, Trial
from tests.histories.waves.drawing import play as play_rollout
from tests.histories.waves.world import BrokenPromiseError, WaveWorld

_SEEDS = 2**40


def play(trial: Trial) -> None:
    """Play so many rollouts, each of a seed of its own, which a loss tells."""
    for _ in range(trial.size):
        seed = trial.random.randrange(_SEEDS)
        trial.tally.counts["rollouts"] += 1
        try:
            _count(trial, play_rollout(seed))
        except BrokenPromiseError as error:
            trial.tally.losses.append(f"rollout {seed}: {error}")
        except Exception:  # noqa: BLE001  a bug of the agent, which the others shall not hide
            trial.tally.tracebacks.append(f"rollout {seed}:\n{traceback.format_exc()[-4000:]}")


def _count(trial: Trial, world: WaveWorld) -> None:
    counts = trial.tally.counts
    counts["commits"] += world.commits
    counts["pods"] += world.made
    counts["servers ended by versions"] += world.ends


ROLLOUTS = Campaign(
    name="rollouts",
    promise="A version that ends servers reaches the pods that lead, and no other.",
    method="""
Environments of two to five pods, with the decisions of real agents, simulated servers, and a clock
that is not real. Versions are good, slow, fail, hang, answer wrongly or not at all, and end
servers: at once, late, beside another version, or in pods with little memory. Meanwhile pods do not
hear each other, or their name lists nobody; servers are killed, agents start anew, pods come, go
and are replaced; each commit reaches each pod at another time. At each second, a pod that is ready
answers for each label that has answered; and in the end, when all hear each other again, all have
what Git says. An eighth of them begin with a version of one model that no other can be loaded
beside, so that no reload leads on from it: there all pods serve it on in the end, say why, and have
what Git says of the other model. With `onTimeout: go`, pods that did not hear each other may each
lead with a version that ends servers: there alone that is no loss. A loss names its seed, and a
rule that is switched off makes some (`tests/histories`).
""",
    play=play,
    quick=10,
    night=2000,
)
