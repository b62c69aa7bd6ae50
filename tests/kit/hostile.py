"""Texts that a forge would act on, or that would break out of a cell, a fence or a line."""

import re

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from generator.catalog.catalog import IndexRef
from generator.catalog.hold import Code, Held
from generator.catalog.inspected import Inspected
from generator.catalog.warned import Warned
from generator.lock.changes import Change
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Failed
from generator.plan.plan import Deferred, Plan, WaysBack
from tests.kit.strategies import MOMENT, URL, version

# What a forge would act on, and what would break out of a cell, a fence or a line.
HOSTILE = (
    "<b>x</b>",
    "<!-- tfs-gitops withdrawn -->",
    "@someone",
    "@acme/team",
    "#12",
    "fixes #1",
    "Closes acme/fleet#3",
    "closes GH-4",
    "!12",
    '~"label"',
    "[a](https://evil.example)",
    "![i](//evil.example/x.png)",
    "https://evil.example/issues/1",
    "www.evil.example",
    "``` \n```",
    "`x`",
    "a | b",
    "a\\| b",
    "|\n|---|\n| x |",
    "\n\nTfs-Environment: other",
    "\nSigned-off-by: x <x@example.com>",
    "x\r\n---\ndiff",
    "x\u2028# y",
    "\x1b[31mred",
    "\u202etxt.exe",
    "[skip ci]",
    "***NO_CI***",
    "</details>",
    "\n/close",
    "{{ 7 * 7 }}",
    "%{x}",
    "&lt;script&gt;",
    "\udc80",
)


texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=4).map(" ".join),
    st.text(max_size=12),
    st.sampled_from(HOSTILE).map(lambda text: text * 200),
)


# What no output may have, whoever wrote the policy or the paths.
LIVE = [
    r"@\w",
    r"(?<![&\w])#\w",
    r"\bgh-\d",
    r"://",
    r"\bwww\.",
    r"\]\(",
    r"\[skip ci",
    r"\*\*\*no_ci",
    r"<!--",
    r"\x1b",
    r"\u202e",
]


# What not even a fence may have: it may become part of a commit message.
CHANGES = [
    r"\b(close|fix|resolve)(s|d|es|ed)?\b:?\s+([\w/-]*#|gh-|https?://)\w",
    r"\[skip ci",
    r"\*\*\*no_ci",
    r"<!--",
    r"\x1b",
    r"\u202e",
]


def assert_inert(text, live=LIVE):
    """Raise if a forge would act on something in *text*."""
    for pattern in live:
        assert not re.search(pattern, text, re.IGNORECASE), pattern


@st.composite
def hostile_models(draw, name):
    """Draw a model before and after, all its texts hostile."""
    base_path = draw(texts) or "x"

    def state(numbers):
        return ServedModel(
            name,
            base_path,
            tuple(
                replace(
                    version("x", number),
                    base_path=base_path,
                    index=IndexRef(draw(texts), draw(st.sampled_from(["aa", "@b", "\nTfs-X: y"]))),
                )
                for number in numbers
            ),
            labels=((draw(texts), numbers[0]),),
        )

    before, after = draw(
        st.sampled_from([(None, (1,)), ((1,), (1, 2)), ((1,), None), ((1,), (2, 3, 4, 5, 6))])
    )
    reasons = tuple(draw(st.lists(texts, max_size=4)))
    return Change(name, before and state(before), after and state(after), reasons)


MODES = ("commit", "pull-request")
"""The ways in which a model goes back."""


@st.composite
def plans(draw, most=40):
    """Draw a plan of hostile texts; a few of its rows come again a thousand times."""
    names = sorted(draw(st.sets(texts, min_size=1, max_size=4)))
    times = draw(st.sampled_from([1, 1, 3, most]))
    changes = [draw(hostile_models(name)) for name in names] * times
    held = [
        Held(
            index=draw(texts),
            code=draw(st.sampled_from(Code)),
            problems=tuple(draw(st.lists(texts, max_size=4))),
            model=draw(st.none() | texts),
            version=draw(st.none() | st.integers(1, 9)),
        )
        for _ in range(draw(st.integers(0, 2)))
    ] * times
    deferred = [
        Deferred(draw(texts), (1, 2), ((draw(texts), 2),), MOMENT, draw(texts))
        for _ in range(draw(st.integers(0, 2)))
    ] * times
    lines = "\n".join(draw(st.lists(texts, max_size=4)) * times)
    data = lines.encode(errors="replace")
    config = "o/generated/models.config"
    told = tuple(draw(st.lists(texts, max_size=3)))
    failed = [
        Failed(name, 1, "sha256:1", tuple(draw(st.lists(texts, max_size=2))), draw(texts))
        for name in names[: draw(st.integers(0, 2))]
    ]
    plan = Plan(
        "prod",
        Lock("prod", URL, tuple(one.after for one in changes if one.after)),
        changes=tuple(changes),
        deferred=tuple(deferred),
        held=tuple(held),
        back=WaysBack({it.model: (it,) for it in failed}, draw(st.sampled_from(MODES))),
        forgotten=tuple(failed),
        degraded=tuple(draw(st.lists(texts, max_size=2)) * times),
        warnings=tuple(Warned("a-code", draw(texts)) for _ in range(2)) * times,
        inspected={
            one.path: Inspected(
                draw(st.none() | st.just(3) | texts), 1, draw(st.just(told) | texts)
            )
            for change in changes[:3]
            for one in change.added
        },
    )
    return plan.against({config: data, f"o/{draw(texts)}": b"x"}, {config: b"a\nb"})


def tokens(text):
    """Return what a reader of GitHub's Markdown makes of *text*, without nesting."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found = []
    for token in parser.parse(text):
        found += [token, *(token.children or [])]
    return found
