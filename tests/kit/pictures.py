"""What the pictures of docs/pictures are taken of: the page of a fleet, and a pull request.

`python -m tests.kit.pictures FOLDER` plays a fleet with the real commands, and writes FOLDER/site
and FOLDER/pull-request.html, to be opened in a browser. The frame around the pull request is ours:
its text is the body that a sync writes.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from tests.kit.fleets import init, run

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "examples/models"
PEOPLE = {"GIT_AUTHOR_NAME": "Ada Lovelace", "GIT_AUTHOR_EMAIL": "ada@example.com"}

_PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 24px auto; padding: 0 20px;
  color: light-dark(#1f2328, #e6edf3); background: light-dark(#fff, #0d1117); }}
h1 {{ font-size: 22px; margin-bottom: 2px; }}
h2 {{ font-size: 18px; }} h3 {{ font-size: 16px; }}
p.from {{ color: light-dark(#59636e, #9198a1); margin-top: 0; }}
article {{ border: 1px solid light-dark(#d1d9e0, #3d444d); border-radius: 8px; padding: 4px 20px; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid light-dark(#d1d9e0, #3d444d); padding: 4px 10px; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; min-width: 4.5em; }}
code, pre {{ font: 13px ui-monospace, monospace; background: light-dark(#f6f8fa, #151b23); }}
pre {{ padding: 10px; overflow: hidden; }}
</style>
<h1>{title}</h1>
<p class="from">tfs-gitops wants to merge 1 commit into <code>main</code>
from <code>{branch}</code></p>
<article>
{body}</article>
"""


def publish(store: str, folder: Path, base_path: str, model: str, version: int) -> None:
    """Upload a version of an example as one of *base_path*."""
    export = folder / "export" / base_path
    shutil.copytree(MODELS / model / str(version), export / str(version))
    _run("index", export, "--store", store, "--base-path", base_path, "--upload")


def _run(*words: object) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def play(folder: Path) -> str:
    """Play a fleet in *folder*; return the body of the pull request for its last change."""
    fleet = folder / "fleet"
    init(fleet, "--env", "dev", "--env", "staging", "--env", "prod", "--no-workflows")
    store, here = (fleet / "store").as_uri(), ("-C", fleet)
    for base_path, model in (
        *(("half-plus-two", "half-plus-two"), ("kittens", "kittens"), ("greeting", "greeting")),
        *(("ranker", "half-plus-two"), ("search/spelling", "greeting")),
    ):
        publish(store, folder, base_path, model, 1)
    for _ in range(2):
        _run(*here, "sync")
    for model in ("half-plus-two", "kittens", "ranker"):
        words = (f"{model}@1", "--from", "staging", "--to", "prod", "--label", "stable")
        _run(*here, "promote", *words, "--write")
    _run(*here, "sync")
    publish(store, folder, "half-plus-two", "half-plus-two", 2)
    publish(store, folder, "ranker", "half-plus-two", 2)
    (fleet / "store/ranker/2/saved_model.pb").write_bytes(b"cut off on the way")
    _run(*here, "sync", "dev", "staging")
    words = ("half-plus-two@2", "--from", "staging", "--to", "prod", "--label", "canary")
    _run(*here, "promote", *words, "--write")
    return _run(*here, "plan", "prod", "--format", "markdown")


def pull_request(body: str, title: str, branch: str) -> str:
    """Return the page of a pull request with *body*, which is Markdown."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    return _PAGE.format(title=escape(title), branch=escape(branch), body=markdown.render(body))


def main(words: Sequence[str]) -> int:
    """Write both into the folder that is named."""
    folder = Path(*words)
    os.environ.update(
        PEOPLE | {name.replace("AUTHOR", "COMMITTER"): PEOPLE[name] for name in PEOPLE}
    )
    body = play(folder)
    title = "models(prod): half-plus-two +2"
    (folder / "pull-request.html").write_text(pull_request(body, title, "tfs-gitops/prod"))
    _run("-C", folder / "fleet", "report", "--output", folder / "site")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
