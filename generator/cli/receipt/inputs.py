"""The digest of all that the machine of a sync gives it: files, options, variables, the program."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import click

from generator import __version__
from generator.cli.github.streams import is_here
from generator.cli.receipt import checkout
from generator.cli.receipt.files import UnknownInputsError, below, content, contents
from generator.cli.uncommitted_policy import is_ci
from generator.environment import package_data
from generator.environment.project_root import FOLDER, freeze_files
from generator.render.build_tools import TOOLS
from generator.text.digest import json_digest

_VARIABLES = (
    *("CI", "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_SERVER_URL", "GITHUB_API_URL"),
    *("CI_SERVER_HOST", "CI_SERVER_URL", "CI_API_V4_URL", "STORAGE_EMULATOR_HOST"),
    *(
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL_SQS",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ),
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
    *("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
"""Those that say where something is, or what is told. Keys and tokens say who asks: they change."""

_SITE = Path(click.__file__).parents[1]


def digest(project: Path, words: Sequence[str]) -> str | None:
    """Return the digest of what a sync of *project* depends on, with the *words* of its command.

    None where it cannot be told: of what is too large, or no file.
    """
    here = Path.cwd() if is_here() else ""  # its annotations are told from there
    project = project.absolute()
    try:
        return json_digest(
            [
                [__version__, sys.version, *_program(), *_libraries(), *_build_tools()],
                [str(project), str(here), *words],
                [[name, os.environ.get(name)] for name in _VARIABLES],
                [*contents(project / FOLDER), *contents(project / "templates")],
                [[it.name, content(it)] for it in freeze_files(project)],
                [] if is_ci(os.environ) else [*checkout.state(project)],
            ]
        )
    except (OSError, UnknownInputsError):
        return None


def _libraries() -> list[str]:
    """Return the libraries beside the program, with their versions: they render too."""
    return sorted(it.name for it in _SITE.iterdir() if it.name.endswith("-info"))


def _build_tools() -> Iterator[tuple[str, int, int]]:
    """Yield the programs that say whether what is proposed builds, with size and time."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    for file in (Path(folder, name) for name, _ in TOOLS for folder in folders):
        with suppress(OSError):
            told = file.stat()
            yield str(file), told.st_size, told.st_mtime_ns


@cache
def _program() -> tuple[tuple[str, int, int], ...]:
    """Return the files of the program with size and time: while it is developed, no version does.

    Of what an installation has written, its record has hashes, and no time counts: each job of
    CI installs anew. As the process found them first: an edit is one of the next process, which
    asks for itself.
    """
    package = Path(__file__).parents[2]
    tops = (package, *map(package_data.folder, ("templates", "schemas")))
    record = package.parent / f"tfs_gitops-{__version__}.dist-info" / "RECORD"
    installed = record.stat().st_mtime_ns if record.exists() else 0
    hashes = (it for it in content(record).splitlines() if it.startswith(f"{package.name}/"))
    return (
        *((it, 0, 0) for it in hashes),
        *(
            (path, told.st_size, time if (time := told.st_mtime_ns) > installed else 0)
            for top in tops
            for path, told in below(top, without="__pycache__")
        ),
    )
