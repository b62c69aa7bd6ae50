"""Text of others, quoted for a terminal, Markdown, a fenced block or a commit message.

What cannot be seen is shown as its escape, everywhere: `printable` decides what that is.

Whoever uploads a model chooses its paths and keys, and a forge acts on what it reads: it
renders HTML, tells people who are mentioned, closes issues and skips builds. Quoted text
looks the same and does nothing. What is in a fenced block is also the same, to be copied:
a forge looks for neither mentions nor links there.
"""

import re
from collections.abc import Iterable, Sequence

from generator.limits.text import LINE_CHARACTERS, QUOTED_CHARACTERS
from generator.text.pattern import pattern
from generator.text.phrases import listed

_BREAK = "\u200b"
"""A zero-width space."""

# What no font shows, and Python takes for printable: fillers, joiners and variation selectors
# (Unicode's Default_Ignorable_Code_Point), and the blank of Braille.
_BLANK = pattern(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

_URL = pattern(r"https?://[\w.:-]+(/[\w.%~-]+)*/?", re.ASCII)

_MARKUP = pattern(r"([\\`*_{}\[\]<>()#+!|~&$-])")

# What forges act on in any text, also where no Markdown is: mentions, references to issues,
# merge requests, milestones and labels, links, and the marks that keep a build from running.
_LIVE = pattern(
    r'[@#!~%$&](?=[\w"])|\bgh-(?=\d)|:(?=//)|\bwww(?=\.)|\](?=\()|<(?=!)'
    r"|\[(?=[a-z -]*\b(?:skip|no)\b)|\*(?=\*)",
    re.IGNORECASE,
)

# What changes something even without a mention or a link: a forge may take the text of a pull
# request for the commit message of its merge, where it sees no fence, and ours carries a mark.
_CHANGES = pattern(
    r"\b(?:clos|fix|resolv|implement)(?:e|es|ed|s|ing)?\b.*(?:[#!]\d|\bgh-\d|://)"
    r"|\[[a-z -]*\b(?:skip|no)\b|\*\*\*no_ci|<!--",
    re.IGNORECASE,
)


_SOME = 3

_LOOKED_AT = 4 * LINE_CHARACTERS


def short(text: str) -> str:
    """Return *text* in quotes, as `repr` writes it, or its first `QUOTED_CHARACTERS` characters."""
    if len(text) <= QUOTED_CHARACTERS:
        return repr(text)
    return f"{text[:QUOTED_CHARACTERS]!r}… ({len(text):,} characters)"


def quoted(texts: Sequence[str]) -> str:
    """Return the first three of *texts* in quotes, and how many more there are."""
    return listed([*map(short, texts)], _SOME)


def markdown(text: object) -> str:
    """Return *text* so that Markdown shows it as it is: no markup, HTML, mention or new row."""
    return _MARKUP.sub(r"\\\1", plain(text))


def plain(text: object) -> str:
    """Return *text* for one line of a commit message: nothing in it is acted on."""
    return inert(" ".join(str(text).split()))


def inert(line: str) -> str:
    """Return *line* so that a forge acts on nothing in it; what it breaks up looks the same."""
    return _LIVE.sub(rf"\g<0>{_BREAK}", printable(line))


def unbroken(line: str) -> str:
    """Return what `inert` has broken up as it was; escapes stay.

    A break of another origin is an escape by then, so none is lost.
    """
    return line.replace(_BREAK, "")


def printable(text: str) -> str:
    r"""Return *text* with an escape such as `\x1b` for each character that cannot be seen.

    Those are controls, ends of lines, what turns the direction of writing or has no width, blanks
    that are no spaces, halves of a character, and what Unicode has not assigned.
    """
    if is_seen(text):
        return text
    return "".join(one if is_seen(one) else _escape(one) for one in text)


def printable_lines(text: str) -> str:
    """Return *text* of several lines with an escape for what cannot be seen but their ends."""
    return "\n".join(map(printable, text.split("\n")))


def printable_json(text: str) -> str:
    """Return *text* of JSON with an escape of JSON's for what cannot be seen: the values stay."""
    if is_seen(text.replace("\n", "")):
        return text
    import json  # noqa: PLC0415  most texts can be seen

    return "".join(one if is_seen(one) or one == "\n" else json.dumps(one)[1:-1] for one in text)


def is_seen(text: str) -> bool:
    """Whether each character of *text* is shown, where it stands: so a space is, a tab is not."""
    return text.isprintable() and (text.isascii() or _BLANK.search(text) is None)


def is_plain_url(text: str) -> bool:
    """Whether *text* is an address of the web that needs no quotes, in Markdown or elsewhere."""
    return _URL.fullmatch(text) is not None


def one_line(text: str) -> str:
    """Return what another program wrote as one line, which cannot drive a terminal.

    What cannot be seen becomes a blank; after `LINE_CHARACTERS` characters it is cut off. No more
    is looked at than some times as many, however long it is.
    """
    head = text[:_LOOKED_AT]
    line = " ".join("".join(one if is_seen(one) else " " for one in head).split())
    is_whole = len(line) <= LINE_CHARACTERS and len(text) == len(head)
    return line if is_whole else f"{line[:LINE_CHARACTERS]}…"


def fenced(lines: Iterable[str], language: str = "") -> str:
    """Return a fenced code block that nothing in *lines* can end, to copy from.

    Each line is as it is, but for tabs and for what cannot be seen. Only one that would close
    an issue or skip a build as part of a commit message, or has an HTML comment, is `inert`.
    """
    inside = [_copied(line.expandtabs(4)) for line in lines]
    longest = max((len(run) for line in inside for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *inside, fence])


def _copied(line: str) -> str:
    return inert(line) if _CHANGES.search(line) else printable(line)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
