"""Differences, in words, between the signatures of two versions of a model."""

from collections.abc import Iterator

from generator.catalog.savedmodel.signatures import Signature, Signatures, Tensor

# TensorFlow's own names in Python, where they are not those of the messages in lower case.
_DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16"}


def differences(before: Signatures, after: Signatures) -> tuple[str, ...]:
    """Return each difference in words, sorted by signature; empty if there is none.

    Unlike `compatibility.incompatible` this names also what is new and harms no client. Both
    take a reference type for the type that it refers to.
    """
    return tuple(_differences(before, after))


def _differences(before: Signatures, after: Signatures) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"signature {name} is gone"
        elif name not in before:
            yield f"signature {name} is new"
        else:
            old, new = before[name], after[name]
            yield from _tensors(f"{name}: input", _inputs(old), _inputs(new))
            yield from _tensors(f"{name}: output", _outputs(old), _outputs(new))
            if old.method != new.method:
                yield f"{name}: method {old.method or 'none'} -> {new.method or 'none'}"


def _tensors(words: str, before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if new is None:
            yield f"{words} {name}: {old} is gone"
        elif old is None:
            yield f"{words} {name}: {new} is new"
        elif old != new:
            yield f"{words} {name}: {old} -> {new}"


def _inputs(signature: Signature) -> dict[str, str]:
    defaults = signature.defaults
    return {
        name: f"{shown(tensor)} with a default" if name in defaults else shown(tensor)
        for name, tensor in signature.inputs.items()
    }


def _outputs(signature: Signature) -> dict[str, str]:
    return {name: shown(tensor) for name, tensor in signature.outputs.items()}


def shown(tensor: Tensor) -> str:
    """Return the type and the shape of a tensor, as `float32[?,4]`."""
    dtype = _DTYPES.get(tensor.base, tensor.base.removeprefix("DT_").lower())
    if tensor.shape is None:
        return f"{dtype} of any rank"
    return f"{dtype}[{','.join('?' if size < 0 else str(size) for size in tensor.shape)}]"
