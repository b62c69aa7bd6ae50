"""A fixed work of Python's own, that what the program takes is told in: a start, imports, a child.

It is of the kind of a short command: modules are loaded, texts are parsed and hashed, Git is
asked. Change nothing here without `make bench-baseline`.
"""

import asyncio
import difflib
import email.message
import hashlib
import http.client
import json
import re
import subprocess
import tarfile
import tokenize
import unittest.mock
import xml.etree.ElementTree as ET
from pathlib import Path

LOADED = (asyncio, difflib, email, http.client, tarfile, tokenize, unittest.mock, ET)
_LINES = 4000
_COMPILED = 20
_WORDS = re.compile(r"(?P<key>\w+)=(?P<value>[^ ]+)")


def main() -> None:
    """Do the work; nothing is printed."""
    rows = [{"name": f"m-{it:05}", "at": it, "digest": _digest(it)} for it in range(_LINES)]
    read = json.loads(json.dumps(rows, sort_keys=True))
    lines = [" ".join(f"{key}={value}" for key, value in row.items()) for row in read]
    found = {match["key"]: match["value"] for line in lines for match in _WORDS.finditer(line)}
    assert found["name"] == rows[-1]["name"]  # noqa: S101
    for _ in range(3):
        subprocess.run(["git", "--version"], check=True, stdout=subprocess.DEVNULL)
    source = Path(__file__).read_text(encoding="utf-8")
    for _ in range(_COMPILED):
        compile(source, __file__, "exec")


def _digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


if __name__ == "__main__":
    main()
