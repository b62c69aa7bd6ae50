"""Compatibility: whatever clients of one version of a model would miss in another.

A client keeps sending what it sent and reading what it read: an input may come to take more
than before and an output may come to promise more, never the other way round.
"""

from collections.abc import Iterator

from generator.catalog.savedmodel.signatures import (
    Shape,
    Signature,
    Signatures,
    Tensor,
    legible,
)

CLASSIFY = "tensorflow/serving/classify"
REGRESS = "tensorflow/serving/regress"
PREDICT = "tensorflow/serving/predict"
_APIS = frozenset({PREDICT, CLASSIFY, REGRESS})


def incompatible(
    served: Signatures, new: Signatures, *, checks_method: bool = False
) -> tuple[str, ...]:
    """Return, in words, what a client of *served* would miss in *new*; empty if nothing.

    More signatures, more outputs and more inputs that have a default harm nobody. The method
    of a signature counts if the server checks it (*checks_method*, its flag
    `reading.METHOD_CHECK`); what the APIs classify and regress need of inputs
    and outputs counts in any case, for signatures that were made for them.
    """
    return tuple(_differences(served, new, checks_method=checks_method))


def unfit(signature: Signature, api: str, *, checks_method: bool = False) -> str | None:
    """Return, in words, why a server refuses each request of *api* for *signature*, or None.

    *api* is `PREDICT`, `CLASSIFY` or `REGRESS`.
    """
    if checks_method and signature.method not in (_APIS if api == PREDICT else {api}):
        return f"its method is {legible(signature.method)}, not {api}"
    if api == PREDICT:
        return None
    if signature.inputs.keys() != {"inputs"}:
        return f"{api} wants one input, inputs"
    if api == REGRESS and signature.outputs.keys() != {"outputs"}:
        return f"{api} wants one output, outputs"
    if api == CLASSIFY and not _classifies(signature):
        return f"{api} wants the outputs classes, scores or both, and at most two"
    return None


def _classifies(signature: Signature) -> bool:
    names = signature.outputs.keys()
    return len(names) <= 2 and bool(names & {"classes", "scores"})  # noqa: PLR2004  of an API


def _differences(served: Signatures, new: Signatures, *, checks_method: bool) -> Iterator[str]:
    for name, before in sorted(served.items()):
        words = f"signature {legible(name)}"
        after = new.get(name)
        if after is None:
            yield f"{words} is missing"
            continue
        yield from (f"{words}: {problem}" for problem in _inputs(before, after))
        yield from (f"{words}: {problem}" for problem in _outputs(before, after))
        yield from (
            f"{words}: {problem}" for problem in _apis(before, after, checks_method=checks_method)
        )


def _inputs(before: Signature, after: Signature) -> Iterator[str]:
    for name, old in sorted(before.inputs.items()):
        now = after.inputs.get(name)
        if now is None:
            yield f"input {legible(name)} is missing"
            continue
        yield from _changed(
            f"input {legible(name)}", old, now, is_taken=takes(now.shape, old.shape)
        )
        if name in before.defaults and name not in after.defaults:
            yield f"input {legible(name)} has no default any more, and clients may leave it out"
    for name in sorted(after.inputs.keys() - before.inputs.keys() - after.defaults):
        yield f"input {legible(name)} is new, and clients do not send it"


def _outputs(before: Signature, after: Signature) -> Iterator[str]:
    for name, old in sorted(before.outputs.items()):
        now = after.outputs.get(name)
        if now is None:
            yield f"output {legible(name)} is missing"
            continue
        yield from _changed(
            f"output {legible(name)}", old, now, is_taken=takes(old.shape, now.shape)
        )


def _changed(words: str, old: Tensor, now: Tensor, *, is_taken: bool) -> Iterator[str]:
    if old.base != now.base:
        yield f"{words}: dtype {old.base} became {now.base}"
    if not is_taken:
        yield f"{words}: shape {dimensions(old.shape)} became {dimensions(now.shape)}"


def _apis(before: Signature, after: Signature, *, checks_method: bool) -> Iterator[str]:
    """Yield what shuts an API that clients may use now: predict, or that of the method."""
    for api in sorted({PREDICT, before.method} & _APIS):
        is_open = unfit(before, api, checks_method=checks_method) is None
        if is_open and (problem := unfit(after, api, checks_method=checks_method)):
            yield problem


def takes(wide: Shape, narrow: Shape) -> bool:
    """Whether each tensor of the shape *narrow* also has the shape *wide*."""
    if wide is None:
        return True
    if narrow is None or len(wide) != len(narrow):
        return False
    return all(most < 0 or most == size for most, size in zip(wide, narrow, strict=True))


def dimensions(shape: Shape) -> str:
    """Return a shape for a report."""
    return "of any rank" if shape is None else f"[{','.join(map(str, shape))}]"
