"""Room that a runner of GitHub Actions has for what it is told."""

import os
from pathlib import Path

SUMMARY_BYTES = 1024 * 1024
"""The limit of the job summary of one step."""


def of_summary() -> int:
    """Return how many bytes the job summary of the step still takes."""
    path = Path(os.environ.get("GITHUB_STEP_SUMMARY", ""))
    return SUMMARY_BYTES - (path.stat().st_size if path.is_file() else 0)
