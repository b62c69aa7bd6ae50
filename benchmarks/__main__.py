"""Measure all that `docs/benchmarks.md` tells, print the table, and write it to the page.

python -m benchmarks --page docs/benchmarks.md
python -m benchmarks --only starts,events
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import events, fleet, history, inventory, starts
from benchmarks.table import Row, markdown, renewed

BENCHES: Mapping[str, Callable[[], Iterator[Row]]] = {
    "starts": starts.rows,
    "fleet": fleet.rows,
    "inventory": inventory.rows,
    "history": history.rows,
    "events": events.rows,
}


_WHAT = "Measure against public tools, print the table, and write it to a page."


def main() -> None:
    """Measure each bench in turn."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=_WHAT)
    parser.add_argument("--only", default=",".join(BENCHES), help="benches, by comma")
    parser.add_argument("--page", type=Path, help="the page to renew: docs/benchmarks.md")
    parser.add_argument("--date", default=f"{datetime.now(UTC):%Y-%m-%d}", help="of the page")
    asked = parser.parse_args()
    names = asked.only.split(",")
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"no bench {unknown[0]!r}; there are {', '.join(BENCHES)}")
    found: list[Row] = []
    failed = []
    for name in names:
        try:
            for row in BENCHES[name]():
                print(markdown([row]).splitlines()[-1], file=sys.stderr, flush=True)
                found.append(row)
        except (Exception, SystemExit) as error:  # noqa: BLE001  what others measure is not lost
            traceback.print_exception(error)
            failed.append(f"{name}: {error!r}")
    print(table := markdown(found))
    if failed:
        sys.exit("\n".join([*failed, "no page is written"]))
    if asked.page:
        page = asked.page.read_text(encoding="utf-8")
        asked.page.write_text(renewed(page, table, asked.date), encoding="utf-8")


if __name__ == "__main__":
    main()
