"""The environment of a program in a campaign: nothing of the person's who plays it."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pygit2
from pygit2.enums import ConfigLevel

from tests.servers.forge import TOKEN

SURROUNDINGS = "surroundings"
TEMPORARY = "temporary"


def environment(root: Path) -> dict[str, str]:
    """Return the variables of a run whose home, cache and temporary folder are below *root*.

    There is a `kubectl` that builds whatever it is given: the real one takes longer than all the
    rest of a sync, and most kills would hit it.
    """
    for name in ("home", TEMPORARY, "tools"):
        (root / name).mkdir(parents=True, exist_ok=True)
    kubectl = root / "tools/kubectl"
    kubectl.write_text("#!/bin/sh\n")
    kubectl.chmod(0o755)
    path = (str(root / "tools"), str(Path(sys.executable).parent), os.environ["PATH"])
    roles = {f"GIT_{role}": "Test" for role in ("AUTHOR_NAME", "COMMITTER_NAME")}
    roles |= {f"GIT_{role}_EMAIL": "test@example.com" for role in ("AUTHOR", "COMMITTER")}
    return {
        "PATH": os.pathsep.join(path),
        "HOME": str(root / "home"),
        "TMPDIR": str(root / TEMPORARY),
        "XDG_CACHE_HOME": str(root / "home/.cache"),
        "XDG_CONFIG_HOME": str(root / "home/.config"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "TFS_GITOPS_TOKEN": TOKEN,
        **roles,
    }


@contextmanager
def surrounded(variables: Mapping[str, str]) -> Iterator[None]:
    """Let this process have *variables*, and no others, for as long as the context."""
    levels = (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL)
    before = {level: pygit2.settings.search_path[level] for level in levels}
    with mock.patch.dict(os.environ, variables, clear=True):
        look_for_settings_in(variables["HOME"])
        try:
            yield
        finally:
            for level, path in before.items():
                pygit2.settings.search_path[level] = path


def look_for_settings_in(home: str) -> None:
    """Let libgit2, which has read HOME when it was imported, look in *home*."""
    for level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
        pygit2.settings.search_path[level] = home
