"""docs/doctor.md names the checks that there are."""

import ast
import json
import re
from pathlib import Path

from generator.status.doctor import checklist

ROOT = Path(__file__).parents[3]


def made(file: Path) -> set[str]:
    """Return the checks of all findings that a module makes."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    known = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    named = (it.args[0] for it in calls if ast.unparse(it.func).startswith("Finding."))
    found = {it.value if isinstance(it, ast.Constant) else ast.unparse(it) for it in named}
    return {str(known.get(it, it)) for it in found}


def test_the_schema_has_each_check_that_a_finding_is_made_of() -> None:
    """And no other."""
    modules = (ROOT / "generator/status/doctor").glob("*.py")
    duties = {it.check for it in vars(checklist).values() if isinstance(it, checklist.Duty)}
    schema = json.loads((ROOT / "schemas/doctor.schema.json").read_text(encoding="utf-8"))

    found = {check for file in modules for check in made(file)} - {"duty.check"} | duties

    assert found == {*schema["properties"]["checks"]["items"]["properties"]["check"]["enum"]}


def test_the_page_has_a_row_for_each_check() -> None:
    """And for no other; JSON has them under the same words, in the same order."""
    page = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")
    schema = json.loads((ROOT / "schemas/doctor.schema.json").read_text(encoding="utf-8"))

    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)

    assert rows == schema["properties"]["checks"]["items"]["properties"]["check"]["enum"]
