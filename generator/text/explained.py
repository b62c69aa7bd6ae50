"""Codes that bring their explanation along."""

from enum import StrEnum
from typing import Self


class ExplainedCode(StrEnum):
    """A code for machines, with what it means and what to do about it, for people.

    A member is declared as `CODE = "code", "meaning", "remedy"`.
    """

    meaning: str
    """The finding, in one line."""
    remedy: str
    """The next step, in one line; empty if nothing is to be done."""

    def __new__(cls, code: str, meaning: str = "", remedy: str = "") -> Self:  # noqa: D102  of enum
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning, member.remedy = meaning, remedy
        return member
