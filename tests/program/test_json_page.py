"""`docs/reference/json.md`: the keys of what other programs read, printed from the schemas."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.environment.package_data import folder

PAGE = Path(__file__).parents[2] / "docs/reference/json.md"
WRITTEN = {"environment", "freeze", "probe"}
"""What people and exporters write: pages of their own have it."""

HEAD = """# JSON

What `--format json` prints, what lies in Git, and what an agent answers: the keys at the top of
each. The schema of each has all of them, and a test holds the real output to it. Keys may be added
within a major version; none is renamed, and none goes. `tfs-gitops plan dev --format json` and
`jq '.held[].code'` behind it are how a script asks what is held.

Where a command takes environments, it prints an object for one that was named, else a list with an
entry for each. An environment that an error stopped has the keys `environment` and `error` alone.
"""


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the schemas of what other programs read, by the names of their files."""
    for path in sorted(folder("schemas").glob("*.schema.json"), key=lambda it: it.name):
        if path.name.split(".")[0] not in WRITTEN:
            yield path.name, json.loads(path.read_text(encoding="utf-8"))


def entry(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object that a schema describes: itself, or that of one environment."""
    if "anyOf" not in schema:
        return schema
    name = schema["anyOf"][0]["$ref"].removeprefix("#/$defs/")
    found: Mapping[str, Any] = schema["$defs"][name]
    return found


def rows(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the row of each key of an object; who is always there is bold."""
    required = set(schema.get("required", ()))
    definitions = schema.get("$defs", {})
    for key, form in schema["properties"].items():
        told = form.get("description")
        if told is None and "$ref" in form:
            told = definitions.get(form["$ref"].removeprefix("#/$defs/"), {}).get("description")
        cells = str(told or "").replace("|", "\\|")
        yield f"| {'always' if key in required else ''} | `{key}` | {cells} |"


def page() -> str:
    """Return the page as the schemas have it."""
    lines = [HEAD]
    for name, schema in schemas():
        title, colon, what = schema["title"].removeprefix("The output of ").partition(": ")
        lines += [f"## `{title}`: {what}" if colon else f"## {title}", ""]
        lines += [f"[{name}](../../schemas/{name})", "", "| | key | what it is |", "|---|---|---|"]
        lines += [*rows({"$defs": schema.get("$defs", {})} | dict(entry(schema))), ""]
    return "\n".join(lines).rstrip() + "\n"


def test_the_page_is_that_of_the_schemas(request):
    """Whoever adds a key changes the page with it."""
    text = page()
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text, encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == text


def test_every_key_of_the_page_says_what_it_is():
    """A name alone is read in two ways."""
    told = [row for _, schema in schemas() for row in rows(dict(entry(schema)))]

    assert len(told) > 100
    assert [row for row in told if row.endswith("|  |")] == []
