"""Tell in words how the signatures of two versions of a model differ."""

from collections.abc import Iterator, Mapping

from generator.savedmodel import Signatures, Tensor

# TensorFlow's own names in Python, where they are not those of the messages in lower case.
_DTYPES = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16"}


def differences(before: Signatures, after: Signatures) -> tuple[str, ...]:
    """Return each difference in words, sorted by signature; empty if there is none.

    Unlike `savedmodel.incompatible` this names also what is new and harms no client.
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
            yield from _tensors(f"{name}: input", old.inputs, new.inputs)
            yield from _tensors(f"{name}: output", old.outputs, new.outputs)


def _tensors(
    words: str, before: Mapping[str, Tensor], after: Mapping[str, Tensor]
) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        old, new = (_shown(side[name]) if name in side else None for side in (before, after))
        if new is None:
            yield f"{words} {name}: {old} is gone"
        elif old is None:
            yield f"{words} {name}: {new} is new"
        elif old != new:
            yield f"{words} {name}: {old} -> {new}"


def _shown(tensor: Tensor) -> str:
    """Return a tensor as `float32[?,4]`."""
    dtype = _DTYPES.get(tensor.dtype, tensor.dtype.removeprefix("DT_").lower())
    if tensor.shape is None:
        return f"{dtype} of any rank"
    return f"{dtype}[{','.join('?' if size < 0 else str(size) for size in tensor.shape)}]"
