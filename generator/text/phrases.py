"""Phrases that messages of every package share."""

import shlex
from collections.abc import Collection, Iterable, Sequence


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'resnet'?` for the word of *known* that is most like *word*.

    Capitals make no difference. Empty if none is near.
    """
    from difflib import get_close_matches  # noqa: PLC0415  most runs tell of no mistake

    by_lower_case = {one.lower(): one for one in known}
    near = get_close_matches(word.lower(), by_lower_case, 1)
    return f"; did you mean {by_lower_case[near[0]]!r}?" if near else ""


def command(*words: str) -> str:
    """Return the *words* of a command in backticks, each quoted for a shell, to copy as it is."""
    return f"`{shlex.join(words)}`"


def some(texts: Sequence[str], most: int, unit: str = "") -> list[str]:
    """Return the first *most* of *texts*, then `and 7 more` where there are more.

    With a *unit* such as `models`, `and 7 models more`.
    """
    rest = len(texts) - most
    more = f"and {rest:,} {unit} more" if unit else f"and {rest:,} more"
    return [*texts[:most], *([more] if rest > 0 else [])]


def listed(texts: Sequence[str], most: int) -> str:
    """Return the first *most* of *texts* as `a, b, c`, then ` and 7 more` where there are more."""
    rest = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def all_of(names: Sequence[str]) -> str:
    """Return all of *names*: `a, b and c`; empty without any."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def reason(error: BaseException) -> str:
    """Return what is wrong, in the words of an *error* but not those of Python: no errno."""
    if isinstance(error, KeyError):
        return f"the key {error} is missing"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)


def file_reason(error: Exception) -> str:
    """Return `reason`, after the file that the error is about, as `repr` writes its name."""
    file = (error.filename or "") if isinstance(error, OSError) else ""
    name = file.decode(errors="surrogateescape") if isinstance(file, bytes) else file
    return f"{name!r}: {reason(error)}" if name else reason(error)


def numbers(found: Iterable[int], between: str = ", ") -> str:
    """Return numbers in order: `1, 2`; empty without any."""
    return between.join(map(str, sorted(found)))


def counted(count: int, noun: str) -> str:
    """Return `1 object`, `2 objects`, `1,234 objects`: *noun* takes an s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def counted_versions(found: Collection[int]) -> str:
    """Return `version 1`, or `versions 1, 2`."""
    return f"version{'s' if len(found) > 1 else ''} {numbers(found)}"


def labels(found: Iterable[tuple[str, int | str]], between: str = ", ") -> str:
    """Return labels and their versions in a row: `canary=2, stable=1`; empty without any."""
    return between.join(f"{label}={version}" for label, version in found)


def in_units(count: int) -> str:
    """Return a count of bytes in the largest unit of 1024 that leaves a whole one."""
    number = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if number < 1024:  # noqa: PLR2004
            return f"{number:.{0 if unit == 'bytes' else 1}f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
