"""The requirement that a fleet's workflows install: this program, as pip is asked for it."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit

import click

from generator.render.fleet.workflows import VARIABLE
from generator.text.pattern import pattern

_PACKAGE = "tfs-gitops"
_EXAMPLE = "git+https://github.com/acme/tfs-gitops@COMMIT"
_AROUND = pattern(r"\s*(@|[=<>~!]=|[<>,])\s*")
# What stands in a workflow as one word, and is no option of pip.
_WORD = pattern(r"[A-Za-z0-9.][\w.+:/@=<>~!*,\[\]#&%-]*", re.ASCII)
_NAME = pattern(r"[\w.-]+(\[[\w.,-]*\])?", re.ASCII)
_FIXED = pattern(r"(==[^*,]+|@[0-9a-f]{40,64}(#.*)?|#(.*&)?sha256=[0-9a-f]{64}(&.*)?)\Z")
_SCHEME = pattern(r"(\w+)://")
_PROTECTED = frozenset({"https", "ssh", "file"})
_USER = pattern(r"(?P<scheme>\w+)://(?P<user>[^/]*)@")


def parse(text: str) -> str:
    """Return the requirement that a person wrote, without the spaces that it does not need.

    Raises:
        click.BadParameter: It is none, or must not stand in a file that people share.
    """
    found = _AROUND.sub(r"\1", text.strip())
    problem = None
    if not _WORD.fullmatch(found):
        problem = f"{text!r} is no requirement: {_PACKAGE}==VERSION, or a URL such as {_EXAMPLE}"
    elif _NAME.fullmatch(found):
        problem = f"{text!r} is whatever is published by that name: {_PACKAGE}==VERSION, or a URL"
    elif _has_credentials(found):
        problem = "a user or a token is in it, and many read a workflow: leave it out"
    elif not set(_SCHEME.findall(found.lower())) <= _PROTECTED:
        problem = f"{text!r} can be changed on the way: use https"
    if problem:
        raise click.BadParameter(problem, param_hint="--install")
    return found


def of_this_program() -> str | None:
    """Return what installs this very program; None if only this machine has it.

    pip, and whatever else installs packages, records what did not come from an index.
    """
    try:
        return of_distribution(distribution(_PACKAGE))
    except PackageNotFoundError:
        return None


def of_distribution(found: Distribution) -> str | None:
    """Return what installs *found*: a release of an index, a commit of Git, or None."""
    record = found.read_text("direct_url.json")
    if record is None:
        return f"{_PACKAGE}=={found.version}"
    origin: dict[str, Any] = json.loads(record)
    git = origin.get("vcs_info", {})
    requirement = f"git+{origin['url']}@{git.get('commit_id')}"
    is_remote = git.get("vcs") == "git" and urlsplit(origin["url"]).scheme in ("https", "ssh")
    if not is_remote or _has_credentials(requirement) or not _WORD.fullmatch(requirement):
        return None
    return requirement


def advice(requirement: str | None, *, is_asked: bool, is_written: bool) -> Iterator[str]:
    """Yield what a person does about what workflows install, if anything.

    *is_asked*: a person said what; *is_written*: it stands in workflows that are new.
    """
    if is_asked and not is_written:
        yield f"workflows stay as they are: set the repository variable {VARIABLE} to {requirement}"
    elif is_written and requirement is None:
        yield (
            f"say what workflows install, as no release of {_PACKAGE} is known here: set the "
            f"repository variable {VARIABLE}, as to {_EXAMPLE}; they fail until then"
        )
    elif is_written and requirement is not None and not _FIXED.search(requirement):
        yield (
            f"workflows install {requirement}, which may be something else tomorrow: set the "
            f"repository variable {VARIABLE} to one commit or one release of it"
        )


def _has_credentials(requirement: str) -> bool:
    """Return whether a URL has more than the user that ssh needs."""
    found = _USER.search(requirement)
    return found is not None and (found["scheme"] != "ssh" or ":" in found["user"])
