"""Links to the ways in which a server gets stuck, for people who read a finding."""

from enum import StrEnum

_PAGE = "docs/tfserving.md"


class Wedge(StrEnum):
    """A way to wedge a server, by its id; the text is the link to its section."""

    W1 = f"{_PAGE}#w1-a-new-model-without-a-platform"
    W2 = f"{_PAGE}#w2-a-new-model-with-a-misspelt-platform"
    W3 = f"{_PAGE}#w3-a-new-model-whose-base-path-is-not-there-or-has-no-version"
    W4 = f"{_PAGE}#w4-a-base-path-that-is-not-there-stops-discovery"
    W5 = f"{_PAGE}#w5-a-label-on-a-version-that-is-not-loaded"
    W6 = f"{_PAGE}#w6-a-start-without-any-list"
    W7 = f"{_PAGE}#w7-the-only-version-is-replaced-and-the-new-one-fails"
