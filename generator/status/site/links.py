"""Links of the site: to its own pages, and to commits and pull requests on a forge."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, urlsplit

from generator.environment.delivery import Delivery
from generator.text.digest import digest
from generator.text.pattern import pattern

_PLAIN = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

_HOSTS = {"github.com": "github", "gitlab.com": "gitlab"}
_PATHS = {
    "github": ("commit/{}", "pull/{}"),
    "gitlab": ("-/commit/{}", "-/merge_requests/{}"),
}

Link = Callable[[str | int], str | None]


def page_names(models: Iterable[str]) -> Mapping[str, str]:
    """Return the file name of each model's page.

    It is that of the model, where file systems take it, and none has the same in other letters.
    """
    models = [*models]
    folded = Counter(model.casefold() for model in models)
    return {
        model: f"{model}.html"
        if _PLAIN.fullmatch(model) and folded[model.casefold()] == 1
        else f"_{digest(model)[-20:]}.html"
        for model in models
    }


def on_forge(delivery: Delivery) -> tuple[Link, Link]:
    """Return what links to a commit and to a pull request; to nothing, where no forge is known."""
    address = _web_address(delivery.repository)
    host = urlsplit(address or "").hostname or ""
    kind = delivery.forge.type or _HOSTS.get(host)
    if address is None or kind is None:
        return (lambda _: None), (lambda _: None)
    commit, request = (f"{address}/{path}" for path in _PATHS[kind])
    return (lambda it: commit.format(quote(str(it)))), (lambda it: request.format(quote(str(it))))


def _web_address(repository: str) -> str | None:
    """Return where a browser shows a repository; None of one on this machine."""
    short = re.fullmatch(r"[^@/:]+@([^/:]+):(?!//)(.+)", repository)
    url = urlsplit(f"https://{short[1]}/{short[2]}" if short else repository)
    if url.scheme not in {"https", "http", "ssh"} or not url.hostname:
        return None
    port = f":{url.port}" if url.port and url.scheme != "ssh" else ""
    scheme = "http" if url.scheme == "http" else "https"
    path = url.path.rstrip("/").removesuffix(".git")
    return f"{scheme}://{url.hostname}{port}{quote(path)}"
