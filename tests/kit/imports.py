"""The modules that a command of the real program imports."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_CODE = """
import sys
from generator.cli import main
try:
    main(sys.argv[1:], prog_name="tfs-gitops")
except SystemExit as end:
    code = end.code
print(code, *sys.modules, file=sys.stderr)
"""


def imported(folder: Path, *words: object, env: Mapping[str, str] = os.environ) -> set[str]:
    """Return the modules that a command in *folder* has loaded, which must end well."""
    command = [sys.executable, "-c", _CODE, *map(str, words)]
    # Coverage starts itself in each process of a test, and loads modules of its own.
    environ = {name: it for name, it in env.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    code, *modules = done.stderr.splitlines()[-1].split()
    assert code in {"0", "None"}, done.stderr
    return set(modules)


CLOUDS = {"boto3", "botocore", "google.auth", "obstore", "urllib3", "requests"}

SERVERS = CLOUDS | {"http.client", "ssl", "email"}

GIT = {"pygit2", "github", "gitlab"}

WRITERS = {"jinja2", "ruamel", "rich"}

SCHEMA = {"jsonschema", "attr", "referencing"}

ALL = SERVERS | GIT | WRITERS | SCHEMA | {"yaml", "google.protobuf", "google_crc32c"}
