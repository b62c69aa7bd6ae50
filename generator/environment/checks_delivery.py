"""Checks of the key `delivery` beyond its schema: a branch, a folder, windows, no credentials."""

import re
from collections.abc import Iterator, Sequence

from generator.environment import windows
from generator.environment.delivery import Delivery
from generator.environment.findings import Doubt, Refused
from generator.environment.windows import Window
from generator.text.entry_name import is_unsafe
from generator.text.pattern import pattern

# What `git check-ref-format --branch` refuses, and a full name such as refs/heads/main.
_NO_BRANCH = pattern(r"^[-/.]|^refs/|\.\.|//|/\.|@\{|[\x00-\x20\x7f~^:?*\[\\]|\.lock(/|$)|[./]$|^$")

_ON_NO_FORGE = pattern(r"file:|(?![a-z+]+://|[^/:]+@[^/:]+:)", re.IGNORECASE)

_CREDENTIALS = pattern(r"https?://[^/]*@", re.IGNORECASE)


def problems(delivery: Delivery) -> Iterator[Refused]:
    """Yield what no repository, forge or window takes."""
    branch = delivery.branch
    if _NO_BRANCH.search(branch) or branch in {"@", "HEAD"}:
        problem = f"delivery.branch: {branch!r} is not the short name of a branch"
        yield ("spec", "delivery", "branch"), f"{problem} (git help check-ref-format)"
    for key, url in (
        (("repository",), delivery.repository),
        (("forge", "apiUrl"), delivery.forge.api_url or ""),
    ):
        if _CREDENTIALS.match(url):
            problem = f"delivery.{'.'.join(key)}: there are credentials in the URL: take them out"
            yield ("spec", "delivery", *key), f"{problem}, and set TFS_GITOPS_TOKEN for the run"
    if delivery.dashboard and _ON_NO_FORGE.match(delivery.repository):
        problem = (
            "delivery.dashboard: the repository is on this machine, and no forge has its issues"
        )
        yield ("spec", "delivery", "dashboard"), problem
    yield from _windows(delivery.windows)
    path = delivery.path
    if path and any(map(is_unsafe, path.split("/"))):
        problem = f"delivery.path: {path!r} is not a folder inside the repository"
        yield ("spec", "delivery", "path"), problem


def doubts(delivery: Delivery) -> Iterator[Doubt]:
    """Yield that commits go out in the clear."""
    if delivery.repository.startswith("http://"):
        problem = "http:// sends commits in the clear, and no token is sent over it"
        path = ("spec", "delivery", "repository")
        yield Doubt("insecure-url", path, f"spec.delivery.repository: {problem}")


def _windows(found: Sequence[Window]) -> Iterator[Refused]:
    for number, window in enumerate(found):
        path, name = ("spec", "delivery", "windows", number), f"delivery.windows.{number}"
        if problem := windows.problem_of_cron(window.cron):
            yield (*path, "cron"), f"{name}.cron: {window.cron!r}: {problem}"
        if problem := windows.problem_of_timezone(window.timezone):
            yield (*path, "timezone"), f"{name}.timezone: {window.timezone!r}: {problem}"
        if not window.duration:
            yield (*path, "duration"), f"{name}.duration: 0s: it closes when it opens"
