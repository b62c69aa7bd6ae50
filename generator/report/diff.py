"""The rendered files of a plan as unified diffs, for a reviewer to read.

A config of thousands of models takes difflib alone some ten seconds. Its lines that are
there once, such as names, are matched first (patience diff), and difflib compares what is
between them.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from generator.lock.paths import LOCK
from generator.plan.plan import FileChange
from generator.report.line import Line, Tone

CONTEXT = 3
"""Unchanged lines that are shown around a difference."""

LONGEST = 300
"""A longer line is cut: a path may be as long as a store allows."""

_LARGEST = 500
"""Between two matches, more lines than these count as replaced."""

_TONES = {"+": Tone.ADD, "-": Tone.REMOVE, "@": Tone.PLACE}

Tagged = tuple[str, str]
"""A space, a minus or a plus, and the line."""


def unified(files: Iterable[FileChange]) -> list[str]:
    """Return the lines of a unified diff of all *files*, but for the lock, which machines read."""
    return [
        line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
        for file in files
        if not file.path.endswith(f"/{LOCK}")
        for line in _diff(file)
    ]


def toned(lines: Iterable[str]) -> Iterator[Line]:
    """Yield the lines of a unified diff with what each tells."""
    for text in lines:
        is_name = text.startswith(("--- ", "+++ "))
        yield Line(text, Tone.HEADING if is_name else _TONES.get(text[:1], Tone.PLAIN))


def compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Tagged]:
    """Yield every line of both, tagged: those of *old* are without a plus, of *new* a minus."""
    done = [0, 0]
    for i, j in [*_once_in_both(old, new), (len(old), len(new))]:
        yield from _between(old[done[0] : i], new[done[1] : j])
        if i < len(old):
            yield " ", old[i]
        done = [i + 1, j + 1]


def _diff(file: FileChange) -> Iterator[str]:
    yield "--- /dev/null" if file.before is None else f"--- a/{file.path}"
    yield "+++ /dev/null" if file.after is None else f"+++ b/{file.path}"
    yield from _hunks(list(compared(_lines(file.before), _lines(file.after))))


def _hunks(lines: Sequence[Tagged]) -> Iterator[str]:
    """Yield each difference with what is around it, under its place in both files."""
    shown = {
        near
        for at, (tag, _) in enumerate(lines)
        if tag != " "
        for near in range(at - CONTEXT, at + CONTEXT + 1)
    }
    old = new = 1
    for at, (tag, line) in enumerate(lines):
        if at in shown:
            if at - 1 not in shown or at == 0:
                yield f"@@ -{old} +{new} @@"
            yield f"{tag}{line}"
        old += tag != "+"
        new += tag != "-"


def _once_in_both(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the lines are that both have once: the most that are in the same order."""
    once = {line for line, count in Counter(new).items() if count == 1}
    once &= {line for line, count in Counter(old).items() if count == 1}
    where = {line: j for j, line in enumerate(new) if line in once}
    ends: list[int] = []  # the least end of an ascending run of each length
    runs: list[tuple[int, int, int]] = []  # old, new, length of the run that ends here
    for i, line in enumerate(old):
        if line in where:
            length = bisect_left(ends, where[line])
            ends[length : length + 1] = [where[line]]
            runs.append((i, where[line], length))
    found: list[tuple[int, int]] = []
    for i, j, length in reversed(runs):
        if length == len(ends) - 1 - len(found):  # the latest of a length goes before the next
            found.append((i, j))
    return found[::-1]


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[Tagged]:
    if max(len(old), len(new)) > _LARGEST:
        matched = []
    else:
        matched = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    done = [0, 0]
    for i, j, size in [*matched, (len(old), len(new), 0)]:
        yield from (("-", line) for line in old[done[0] : i])
        yield from (("+", line) for line in new[done[1] : j])
        yield from ((" ", line) for line in old[i : i + size])
        done = [i + size, j + size]


def _lines(data: bytes | None) -> list[str]:
    return data.decode(errors="replace").removesuffix("\n").split("\n") if data else []
