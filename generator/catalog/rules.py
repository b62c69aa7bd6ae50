"""The rules of this program, by which it has judged what its caches remember.

Two programs of one version may have different ones: each commit can be installed.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from generator import __version__

INDEXES = ("catalog/*.py", "limits/*.py")
"""The files that decide what an index may say."""

INVENTORIES = (*INDEXES, "catalog/inventory/*.py")
"""The files that decide whether an inventory shows a version as it was proven."""

ADMISSION = (
    *INDEXES,
    *("catalog/savedmodel/*.py", "plan/admission.py", "plan/question.py", "plan/requirements.py"),
    *("serving/*.py", "serving/probe/*.py", "text/*.py"),
)
"""The files that decide whether a version may be served for the first time."""


@cache
def digest(patterns: tuple[str, ...]) -> str:
    """Return the digest of the files of the program that match *patterns*, and of its version."""
    found = sha256(__version__.encode())
    package = Path(__file__).parents[1]
    for pattern in patterns:
        for path in sorted(package.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()
