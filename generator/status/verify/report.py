"""A verification as text and as JSON."""

from collections.abc import Iterator
from typing import Any

from generator.serving import failed_in_pods
from generator.status.verify.verification import Verification
from generator.text.phrases import counted


def lines(found: Verification, seconds: float) -> Iterator[str]:
    """Yield the verdict that was there after *seconds*, and what stands against it."""
    yield headline(found, seconds)
    for pod in found.pods:
        if not pod.serves:
            yield f"  {_named(pod.pod, pod.address)}: {pod.waits_for}"
    for one in found.failed:
        yield f"  ! {one}: {one.why}{f'; but {one.doubt}' if one.doubt else ''}"
    if found.failed:
        yield failed_in_pods.line(found.expected.environment, found.failed)


def headline(found: Verification, seconds: float) -> str:
    """Return the verdict in one line."""
    if found.serves:
        pods = counted(len(found.pods), "pod")
        return f"{found.expected} is served by {pods}, after {seconds:.0f} s"
    if found.failed:
        versions = counted(len(found.failed), "version")
        return f"{found.expected} failed after {seconds:.0f} s: {versions} failed in a pod"
    return f"{found.expected} is not served after {seconds:.0f} s: {progress(found)}"


def progress(found: Verification) -> str:
    """Return how far the pods are."""
    if not found.pods:
        return found.problem or "there is no pod"
    serving = sum(pod.serves for pod in found.pods)
    told = f"{serving} of {counted(len(found.pods), 'pod')}"
    told += " serves it" if 1 in (serving, len(found.pods)) else " serve it"
    return f"{told}; {found.problem}" if found.problem else told


def verification_json(found: Verification, seconds: float) -> dict[str, Any]:
    """Return the verdict as schemas/verify.schema.json describes it."""
    expected = found.expected
    return {
        "environment": expected.environment,
        "generation": expected.generation,
        "serves": found.serves,
        "seconds": round(seconds, 1),
        "problem": found.problem,
        "pods": [
            {
                "pod": pod.pod,
                "address": pod.address,
                "serves": pod.serves,
                "waitsFor": pod.waits_for,
            }
            for pod in found.pods
        ],
        "failed": [
            {
                "model": one.model,
                "version": one.version,
                "pods": list(one.pods),
                "error": one.why,
                "doubt": one.doubt,
            }
            for one in found.failed
        ],
        "summary": failed_in_pods.line(expected.environment, found.failed)
        if found.failed
        else headline(found, seconds),
    }


def _named(pod: str, address: str) -> str:
    return pod if pod == address else f"{pod} ({address})"
