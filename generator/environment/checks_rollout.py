"""Checks of the keys that say how pods come to a change: `rollout`, `reload`, `swap`, `verify`."""

from collections.abc import Iterator

from generator.environment.findings import Refused
from generator.environment.serving import Polling, Rollout, ServerSpec, Verify
from generator.environment.units import duration_text
from generator.serving.leaving import ASKS, LEAVES


def problems(serving: ServerSpec) -> Iterator[Refused]:
    """Yield what leads to no change that is ever served, by paths below `spec.serving`."""
    if serving.rollout is not None and serving.rollout.timeout <= serving.rollout.soak:
        timeout, soak = map(duration_text, (serving.rollout.timeout, serving.rollout.soak))
        problem = f"{timeout} is not longer than soak ({soak}): it would end while a pod soaks"
        yield ("rollout", "timeout"), f"rollout.timeout: {problem}"
    if serving.verify is not None:
        yield from _verify(serving, serving.verify)
    if serving.swap == "drain" and not serving.is_rolling and (lacks := _lacks(serving)):
        yield ("swap",), f"swap: drain {lacks}"


def doubts(serving: ServerSpec) -> Iterator[tuple[str, str, str]]:
    """Yield what is not as it seems: the code, the key and a sentence that begins with it."""
    if serving.is_rolling and not serving.agent and serving.polling.config != Polling().config:
        problem = "has no effect with `reload: rolling`: what a pod reads never changes"
        yield "no-effect", "polling.config", f" {problem}"
    if serving.swap == "drain" and serving.is_rolling:
        problem = "has no effect with `reload: rolling`: a new pod has no old version"
        yield "no-effect", "swap", f" {problem}"
    if serving.verify is not None and serving.is_rolling and serving.rollout is not None:
        yield from _of_new_pods(serving, serving.verify, serving.rollout)
    if serving.rollout is not None:
        yield from _of_waves(serving, serving.rollout)


def _of_new_pods(
    serving: ServerSpec, verify: Verify, rollout: Rollout
) -> Iterator[tuple[str, str, str]]:
    """Yield that the Job gives up before the last old pod goes: each new one soaks before that."""
    pods = serving.pods[0]
    if rollout.soak < verify.timeout <= (least := rollout.soak * pods):
        soaks = f"the soaks of {pods} new pods, one after another ({duration_text(least)})"
        problem = f" is {duration_text(verify.timeout)}, and not longer than {soaks}"
        yield "short-verify", "verify.timeout", f"{problem}: with Flux each commit would fail"


def _of_waves(serving: ServerSpec, rollout: Rollout) -> Iterator[tuple[str, str, str]]:
    default = Rollout()
    if serving.swap == "drain" and serving.waves is not None and serving.pods[0] == 1:
        problem = " has no effect with one pod: nobody would serve meanwhile, so it is as `refuse`"
        yield "no-effect", "swap", problem
    written = {
        "first": rollout.first != default.first,
        "then": rollout.then != default.then,
        "timeout": rollout.timeout != default.timeout and not serving.is_rolling,
        "onTimeout": rollout.on_timeout != default.on_timeout,
    }
    if serving.is_rolling:
        for key in (it for it, differs in written.items() if differs):
            problem = " has no effect with `reload: rolling`: Kubernetes replaces pods one by one"
            yield "no-effect", f"rollout.{key}", problem
    elif not serving.agent:
        yield "no-effect", "rollout", " has no effect without an agent"
    elif serving.pods[1] <= 1:  # one pod alone still soaks
        for key in (it for it, differs in written.items() if differs):
            yield "no-effect", f"rollout.{key}", " has no effect with one pod"
    elif rollout.first >= (most := serving.pods[1]):
        problem = f" is {rollout.first} of {most} pods: all lead, so what ends a server ends all"
        yield "all-lead", "rollout.first", problem


def _verify(serving: ServerSpec, verify: Verify) -> Iterator[Refused]:
    path, rollout = ("verify", "timeout"), serving.rollout
    timeout = duration_text(verify.timeout)
    if not serving.agent:
        yield ("verify",), "verify: it asks agents, and there are none: set `agent: true`"
    elif rollout is None:
        return
    elif verify.timeout <= rollout.soak:
        problem = f"{timeout} is not longer than rollout.soak ({duration_text(rollout.soak)})"
        yield path, f"verify.timeout: {problem}: no commit would be served in time"
    elif serving.can_drain and verify.timeout <= (least := _least_of_a_swap(serving, rollout)):
        pauses = f"rollout.soak and the pauses of {serving.pods[0]} pods ({duration_text(least)})"
        problem = f"{timeout} is not longer than {pauses}: no `swap: drain` would end in time"
        yield path, f"verify.timeout: {problem}"


def _least_of_a_swap(serving: ServerSpec, rollout: Rollout) -> int:
    """Return the seconds in which all pods swap at best, if loads took no time."""
    return rollout.soak + serving.pods[0] * (ASKS + LEAVES)


def _lacks(serving: ServerSpec) -> str:
    """Return what pods lack that are to leave the Service for a swap; or nothing."""
    if serving.memory is None:
        return "swaps what does not fit `serving.memory`: set that"
    if not serving.agent:
        return "is the work of agents, and there are none: set `agent: true`"
    return "" if serving.rollout else "goes by waves: take `rollout: false` out"
