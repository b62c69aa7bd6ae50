"""Texts that are nearly right, for each parser of what comes from outside."""

import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.campaigns.campaign import Campaign, Trial
from tests.campaigns.mutator import Mutator
from tests.campaigns.parsers import Parser, parsers

SECONDS = 5.0
"""Of the processor, for one text of at most 64 KiB."""


class _TooLongError(BaseException):
    """A parser has taken more than its seconds; no handler of it catches this."""


def play(trial: Trial) -> None:
    """Feed each parser its share of the texts."""
    with parsers() as found, bounded():
        whole = sum(parser.share for parser in found)
        for parser in found:
            feed(trial, parser, max(1, round(trial.size * parser.share / whole)))
        trial.tally.counts["parsers"] = len(found)


def feed(trial: Trial, parser: Parser, texts: int, seconds: float = SECONDS) -> None:
    """Feed one parser; what it raises must be an error that says no, and come in time."""
    mutator = Mutator(parser.examples, parser.tokens)
    seen: Counter[str] = Counter()
    for _ in range(texts):
        data = mutator.text(trial.random)
        trial.tally.counts["texts"] += 1
        began = time.thread_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            parser.parse(data)
        except parser.says_no:
            trial.tally.counts["of them refused by an error"] += 1
        except _TooLongError:
            trial.tally.losses.append(f"{parser.name}: over {seconds} s for {data[:200]!r}")
        except Exception as error:  # noqa: BLE001  whatever it is, it is counted
            kind = f"{type(error).__name__} {traceback.extract_tb(error.__traceback__)[-1]}"
            if not seen[kind]:
                told = "".join(traceback.format_exception(error))
                trial.tally.tracebacks.append(f"{parser.name}: {data[:2000]!r}\n{told[-3000:]}")
            seen[kind] += 1
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if (lasted := time.thread_time() - began) > 2 * seconds:  # in a library in C, all the while
            trial.tally.losses.append(f"{parser.name}: {lasted:.1f} s for {data[:200]!r}")


@contextmanager
def bounded() -> Iterator[None]:
    """Let the timer of this process end what takes too long."""

    def end(*_: object) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGVTALRM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGVTALRM, before)


FUZZ = Campaign(
    name="fuzz",
    promise="No text ends in a traceback, and none takes more than seconds.",
    method=f"""
A mutator makes texts of up to 64 KiB from good examples: bytes and spans are changed, cut, doubled,
repeated, nested and mixed, numbers grow, words of the format and of no format appear. Each parser
of what comes from outside gets its share: indexes, listings, environments, globs, locks, model
configs, saved models as bytes and as text, the indexes of their variables, warm-up files, caches of
proofs, checkpoints of agents, answers of servers. It returns, or raises the error by which it says
no, in {SECONDS:.0f} s of the processor.
""",
    play=play,
    quick=4000,
    night=500_000,
)
