"""`docs/architecture.md`: its picture and its table come from the code, its paths exist."""

import importlib
import re
import tomllib
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/architecture.md"


def layers():
    """Return the floors of the import contract, the upper first, each a list of its packages."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [floors] = [it["layers"] for it in settings["contracts"] if it["type"] == "layers"]
    return [floor.split(" | ") for floor in floors]


def picture():
    """Draw the floors: an arrow says who may import whom, on the next floor and all below it."""
    floors = layers()
    arrows = [
        f"    {' & '.join(upper)} --> {' & '.join(lower)}" for upper, lower in pairwise(floors)
    ]
    return "\n".join(["```mermaid", "flowchart TD", *arrows, "```"])


def folders():
    """Return a row for each package, in its own words."""
    for floor in layers():
        for name in floor:
            module = importlib.import_module(f"generator.{name}")
            words = (module.__doc__ or "").split("\n\n")[0].replace("\n", " ")
            folder = "/" if hasattr(module, "__path__") else ".py"
            yield f"| `{name}{folder}` | {words} |"


def generated(name, text):
    """Return the page with *text* as what is generated there under *name*."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(start)
    return f"{head}{start}{text}\n{end}{rest.partition(end)[2]}"


def test_the_picture_and_the_table_are_those_of_the_code(request):
    """Drawn from the import contract, and from what each package says of itself."""
    for name, text in (("picture", picture()), ("folders", "\n".join(folders()))):
        page = generated(name, text)
        if request.config.getoption("--update-golden"):
            PAGE.write_text(page, encoding="utf-8")
        assert PAGE.read_text(encoding="utf-8") == page


def test_each_path_on_the_page_exists():
    """Whoever follows a path finds a file."""
    paths = re.findall(r"`((?:generator|tests|docs|schemas|templates)/[\w./-]*)`", PAGE.read_text())

    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_each_package_has_its_floor():
    """The listing of the program is the listing of the page."""
    listed = {name for floor in layers() for name in floor}
    found = {path.stem for path in (ROOT / "generator").iterdir() if not path.name.startswith("_")}

    assert listed == found
    assert len(found) <= 17
