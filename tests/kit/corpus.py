"""Inputs that nobody here wrote, in a folder beside the checkout; where it is not, tests say so."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "corpus"

needed = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"NOT RUN: the corpus of foreign inputs is not at {FOLDER}"
)
"""Skips a test, loudly, where there is no corpus."""


def table(name: str) -> dict[str, Any]:
    """Return what a table says of each file; empty where there is no corpus."""
    path = FOLDER / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def files(folder: str) -> list[Path]:
    """Return the files of a folder of the corpus, sorted; none where there is no corpus."""
    return sorted(path for path in (FOLDER / folder).glob("*") if path.is_file())
