"""Pages of README and docs/: their blocks, each with what it prints, and a shell that runs them."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

_BLOCK = re.compile(
    r"(?P<why><!-- not run: [^>]+ -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```\n"
    r"(?:\n```text\n(?P<shown>.*?)```)?",
    re.DOTALL | re.MULTILINE,
)
_END = "END OF BLOCK\n"


class Block(Struct, frozen=True):
    """A block that a reader copies: its language, its text, and the output behind it, if any."""

    kind: str
    text: str
    shown: str | None = None


def blocks(page: str, kind: str = "") -> Iterator[Block]:
    """Yield the blocks that are run, of one *kind* or of all; `<!-- not run: … -->` excepts one."""
    for found in _BLOCK.finditer(page):
        block = Block(found["kind"], found["text"], found["shown"])
        if not found["why"] and kind in {"", block.kind}:
            yield block


def sections(page: str) -> dict[str, str]:
    """Return the text below each heading of the second level, by the heading."""
    _, *found = re.split(r"^## ([^\n]+)\n", page, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def matches(expected: str, printed: str) -> bool:
    """Whether *printed* is *expected*, in which `…` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def walk(shown: Sequence[Block], folder: Path, environ: Mapping[str, str]) -> str:
    """Run blocks in one shell in *folder*; compare what they print, and return the last output.

    Raises:
        AssertionError: One fails, or prints something else than what stands behind it.
    """
    whole = "".join(f"{block.text}echo {_END}" for block in shown)
    done = subprocess.run(
        ["bash", "-e", "-c", whole],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    *printed, _ = done.stdout.split(_END)
    for block, said in zip(shown, printed, strict=True):
        assert block.shown is None or matches(block.shown, said), f"{block.text}\n{said}"
    return printed[-1]
