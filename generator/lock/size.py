"""The size of what a sync writes: no more than it reads back."""

from generator.errors import InvalidInputError
from generator.limits.limit import Limit


def within(text: str, file: str, limit: Limit) -> str:
    """Return *text*, that of a generated *file*.

    Raises:
        InvalidInputError: It is over *limit*, so that no later sync would read it.
    """
    if problem := limit.exceeded(len(text.encode(errors="replace"))):
        hint = "split the policy into environments with fewer models each, by `match`"
        raise InvalidInputError(f"{file} would have {problem}", hint=hint)
    return text
