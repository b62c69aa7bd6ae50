"""A recording of a terminal as an animated SVG: lines that were printed, moving up as they come.

It is the same for the same lines: what differs from run to run, hashes and the folder, is replaced.
It needs no script and no font of its own, and stands still for those who asked for less motion.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

COLUMNS, ROWS = 100, 26
_MOST_ALIKE = 4
"""Of more lines in a row that tell of files alike, some are left out."""

_ADVANCE, _LEADING, _MARGIN, _BAR = 8.05, 18, 16, 34  # pixels
_TYPED, _PRINTED, _READ, _CHAPTER, _END = 0.5, 0.045, 0.9, 1.8, 6.0  # seconds

_HASH = re.compile(r"\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{12,64})\b")
_ALIKE = re.compile(r"tf-serving/\S+: \+\d+ -\d+ lines")
_STYLED = re.compile(r"\x1b\[(\d+)m(.*?)\x1b\[0m")
_STYLES = {"1": "b", "31": "r", "32": "g", "33": "y", "35": "m"}

_CSS = """\
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
text{fill:#24292f;white-space:pre}
.w{fill:#fff;stroke:#d0d7de}.d{fill:#d0d7de}.t{fill:#57606a}
.b{font-weight:bold}.g{fill:#116329}.r{fill:#a40e26}.y{fill:#7d4e00}.m{fill:#6639ba}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.w{fill:#0d1117;stroke:#30363d}.d{fill:#30363d}.t{fill:#8d96a0}
.g{fill:#56d364}.r{fill:#ff7b72}.y{fill:#e3b341}.m{fill:#d2a8ff}
}
"""

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" role="img" aria-labelledby="t">
<title id="t">{title}</title>
<style>
{css}#m{{animation:m {whole:.1f}s linear infinite}}
@keyframes m{{{frames}}}
@media(prefers-reduced-motion:reduce){{#m{{animation:none;transform:translateY({still}px)}}}}
</style>
<rect class="w" x=".5" y=".5" width="{inner_width}" height="{inner_height}" rx="8"/>
<circle class="d" cx="20" cy="18" r="5"/><circle class="d" cx="38" cy="18" r="5"/>
<circle class="d" cx="56" cy="18" r="5"/>
<text class="t" x="{middle}" y="22" text-anchor="middle">{title}</text>
<clipPath id="c"><path d="M0 {bar}h{width}v{window}H0z"/></clipPath>
<g clip-path="url(#c)"><g id="m">
{rows}</g></g>
</svg>
"""


@dataclass(frozen=True)
class Line:
    """A row of the terminal, and the class of its colour."""

    text: str
    style: str = ""


def lines(printed: str, folder: str) -> list[Line]:
    """Return the rows of what was printed with colours; *folder* is shown as `demo`."""
    hashes: dict[str, str] = {}

    def fixed(found: re.Match[str]) -> str:
        first = found[0][:12]
        number = hashes.setdefault(first, str(len(hashes)))
        digits = hashlib.sha256(number.encode()).hexdigest()
        return "".join("-" if old == "-" else digits[i] for i, old in enumerate(found[0]))

    # Of two indexes that list a version, the first by its random name counts: the old or the new.
    once = dict.fromkeys(
        it if "Tfs-Index: " in it else (n, it)
        for n, it in enumerate(printed.replace(folder, "demo").splitlines())
    )
    text = "\n".join(it if isinstance(it, str) else it[1] for it in once)
    told = _HASH.sub(fixed, text).splitlines()
    return [row for line in _shortened(map(_parsed, told)) for row in _wrapped(line)]


def _parsed(text: str) -> Line:
    found = _STYLED.fullmatch(text)
    plain = re.sub(r"\x1b\[\d+m", "", text)
    return Line(plain, _STYLES.get(found[1], "") if found else "")


def _shortened(told: Iterable[Line]) -> Iterator[Line]:
    alike: list[Line] = []
    for line in [*told, None]:
        if line and _ALIKE.fullmatch(line.text):
            alike.append(line)
            continue
        if len(alike) > _MOST_ALIKE:
            alike = [alike[0], Line("…"), alike[-1]]
        yield from alike
        alike = []
        if line:
            yield line


def _wrapped(line: Line) -> Iterator[Line]:
    for start in range(0, max(1, len(line.text)), COLUMNS):
        yield Line(line.text[start : start + COLUMNS], line.style)


def svg(shown: Sequence[Line], title: str) -> str:
    """Return the recording of *shown*, in one loop."""
    width, height = round(COLUMNS * _ADVANCE + 2 * _MARGIN), _BAR + ROWS * _LEADING + _MARGIN
    times = [*_times(shown)]
    whole = times[-1] + _END
    return _SVG.format(
        title=escape(title),
        css=_CSS,
        width=width,
        height=height,
        inner_width=width - 1,
        inner_height=height - 1,
        middle=width // 2,
        bar=_BAR,
        window=ROWS * _LEADING,
        whole=whole,
        frames="".join(_frames(times, whole)),
        still=-_LEADING * len(shown),
        rows="".join(_row(line, number) for number, line in enumerate(shown)),
    )


def _row(line: Line, number: int) -> str:
    if not line.text.strip():
        return ""
    y = _BAR + (ROWS + number) * _LEADING + 13
    style = f' class="{line.style}"' if line.style else ""
    return f'<text{style} x="{_MARGIN}" y="{y}" xml:space="preserve">{escape(line.text)}</text>\n'


def _times(shown: Sequence[Line]) -> Iterator[float]:
    """Yield when each line comes: after a pause where somebody types, or a chapter begins."""
    now = 0.0
    for line in shown:
        if line.style == "b" and re.match(r"\d\. |What to look", line.text):
            now += _CHAPTER
        elif line.text.startswith("$ "):
            now += _TYPED
        elif line.text.startswith(("plan of ", "    models(")) or not line.text:
            now += _READ / 2
        now += _PRINTED
        yield now


def _frames(times: Sequence[float], whole: float) -> Iterator[str]:
    """Yield keyframes, in which the rows move up by one as the next comes."""
    yield "0%{transform:none}"
    before, place = 0.0, 0
    for time in times:
        if time - before > _PRINTED * 1.5:
            yield _frame(before, place, whole) + _frame(time - _PRINTED, place, whole)
        place -= _LEADING
        before = time
    yield _frame(before, place, whole) + f"100%{{transform:translateY({place}px)}}"


def _frame(time: float, place: int, whole: float) -> str:
    return f"{100 * time / whole:.2f}%{{transform:translateY({place}px)}}"
