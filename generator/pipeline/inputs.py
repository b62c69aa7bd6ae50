"""The inputs of a run with what is told and asked: failures in pods, and requests of people."""

from msgspec.structs import replace

from generator.pipeline import failures
from generator.pipeline.run import Options, Run
from generator.pipeline.verification import newest_surroundings
from generator.plan.asking import Requests
from generator.plan.context import Inputs
from generator.serving.failed_in_pods import Account


def inputs_of(run: Run, options: Options, requests: Requests) -> Inputs:
    """Return the inputs of *run* with what failed in pods, and with what people ask for."""
    inputs, lock, told = requests.put_into(run.inputs), run.inputs.lock, list[Account]()
    if options.ask_agents is not None:
        told.append(options.ask_agents(lock, run.environment.serving.pods[0]))
    if (verified := run.verified()) is not None:
        told.append(verified.account)
    is_any = lock.failed or any(it.failed for it in told)
    now = newest_surroundings(run.environment, run.branch) if is_any else ""
    proposed = run.facts.proposed() if lock.failed else None
    again: frozenset[tuple[str, str]] = frozenset()
    if proposed is not None:
        kept = {it.model for it in inputs.on_hold}
        again = failures.tried_again(lock, proposed, requests.retaken)
        again = frozenset(it for it in again if it[0] not in kept)
    found = failures.known(lock, told, now, inputs.retake, again)
    facts = replace(
        inputs.facts,
        failed=found.failed,
        doubted=found.doubted,
        unheeded=found.unheeded,
    )
    return replace(inputs, facts=facts)
