"""Play the histories of seeds again: `python -m tests.histories.pods DIR SEED…`."""

import sys
import tempfile
import time
from pathlib import Path

from tests.histories.pods.drawing import drawn
from tests.histories.pods.play import play
from tests.histories.pods.runners import BrokenPromiseError


def main(words: list[str]) -> int:
    """Return how many of them broke a promise."""
    broken = 0
    for seed in words[1:]:
        began = time.monotonic()
        root = Path(tempfile.mkdtemp(dir=words[0], prefix=f"seed-{seed}-"))
        try:
            play(root, drawn(int(seed)))
            told = "kept"
        except BrokenPromiseError as error:
            broken += 1
            told = f"broken, see {root}: {str(error).splitlines()[:3]}"
            (root / "error").write_text(str(error))
        print(f"{seed}: {time.monotonic() - began:.1f} s, {told}", flush=True)  # noqa: T201
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
