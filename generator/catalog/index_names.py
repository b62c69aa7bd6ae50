"""Names of index files, and of objects that a person may have meant as one."""

import re
from collections.abc import Iterator, Sequence

from generator.catalog.warned import Warned
from generator.limits.store import MISNAMED_TOLD
from generator.text.pattern import pattern
from generator.text.phrases import counted
from generator.text.quoting import quoted, short

NAME = pattern(r"index-[^/]*\.csv")
"""Object names, at the top of the store, that are index files."""

_ALMOST = pattern(
    r"(?:[^/]+/)?ind(?:ex|exes|ices)[^/]*\.(?:csv|tsv|txt)(?:\.[a-z0-9]+)*"  # Index_1.CSV, x.csv.gz
    r"|ind(?:ex|exes|ices)/[^/]+\.(?:csv|tsv|txt)(?:\.[a-z0-9]+)*"
    r"|(?:[^/]+/)*index-[^/]*\.csv",
    re.IGNORECASE,
)


def is_almost(key: str) -> bool:
    """Whether a person may have meant an index by the object *key*, which is none by its name."""
    return bool(_ALMOST.fullmatch(key)) and not NAME.fullmatch(key)


def nothing_found(url: str, almost: Sequence[str]) -> Warned:
    """Return the warning for a store without an index, given keys that may be meant as one."""
    text = f"no object named index-*.csv at the top of {url}"
    return Warned("no-index", f"{text}; there is {quoted(almost)}" if almost else text)


def misnamed(url: str, almost: Sequence[str]) -> Iterator[Warned]:
    """Warn of keys beside indexes that may be meant as one: of the first by themselves."""
    rule = f"an index is named index-*.csv, at the top of {url}"
    for key in almost[:MISNAMED_TOLD]:
        yield Warned("misnamed-index", f"{short(key)} is not read: {rule}")
    if (rest := len(almost) - MISNAMED_TOLD) > 0:
        yield Warned("misnamed-index", f"{counted(rest, 'other object')} are not read: {rule}")
