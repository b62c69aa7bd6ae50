"""The table of results, as Markdown."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass

_COLUMNS = ("Models", "Measure", "tfs-gitops", "Against", "Of the tool", "Ratio", "Aim")
_BYTES = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of one fleet."""

    models: int | None
    measure: str
    ours: float
    against: str
    theirs: float
    aim: float | None = None
    """The largest ratio; or, where *absolute*, the largest value of ours."""
    unit: str = "s"
    absolute: bool = False

    @property
    def ratio(self) -> float:
        """Ours by theirs."""
        return self.ours / self.theirs

    @property
    def met(self) -> bool:
        """Whether the aim is met, if there is one."""
        value = self.ours if self.absolute else self.ratio
        return self.aim is None or value <= self.aim

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the row."""
        aim = "" if self.aim is None else f"≤ {self.aim:.3g}{f' {self.unit}' * self.absolute}"
        return (
            f"{self.models:,}" if self.models else "",
            self.measure,
            f"{self.ours:.3g} {self.unit}",
            self.against,
            f"{self.theirs:.3g} {self.unit}",
            f"{self.ratio:.2f}",
            aim if self.met else f"**{aim}, missed**",
        )


def markdown(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table, its columns aligned."""
    lines = [_COLUMNS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    texts = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def machine() -> str:
    """Return what the ratios were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _BYTES["GB"]
    python = platform.python_version()
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()}, Python {python}"
    )


BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
"""The marks of a page around what is measured."""


def renewed(page: str, table: str, date: str) -> str:
    """Return *page* with what was measured now between its marks; the rest is a person's."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    measured = f"Measured on {date} by `make bench`: {machine()}."
    return f"{before}{BEGIN}\n{measured}\n\n{table}\n{END}{after}"
