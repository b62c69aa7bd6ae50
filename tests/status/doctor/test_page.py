"""docs/doctor.md names the checks that there are."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_page_has_a_row_for_each_check() -> None:
    """And for no other; JSON has them under the same words, in the same order."""
    page = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")
    schema = json.loads((ROOT / "schemas/doctor.schema.json").read_text(encoding="utf-8"))

    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)

    assert rows == schema["properties"]["checks"]["items"]["properties"]["check"]["enum"]
