"""The prober: some threads beside the loop, which ask versions by their probes.

A round never waits for a prediction. When the last that is asked has answered, *wake* is called:
a round asks the server for each model, and thousands of answers are not worth one each.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Lock as Mutex

from generator.agent.decide.config import Content
from generator.agent.decide.probe_history import Finding
from generator.agent.probe.find import Found
from generator.catalog.savedmodel.reading import Reading
from generator.serving.agent_state import Answered, ProbeAnswer
from generator.serving.probe import ask as probing
from generator.serving.probe.ask import Outcome, predict
from generator.serving.state import VersionKey
from generator.text.phrases import file_reason
from generator.text.quoting import one_line

WORKERS = 2
"""Versions that are asked at once: a probe takes a server's time from its clients."""

logger = logging.getLogger(__name__)


class Prober:
    """The prober of the server at *url*; *find* returns the probe of a version, or why it has none.

    It may raise an OSError where that cannot be read now.
    """

    def __init__(
        self,
        url: str,
        find: Callable[[Content, Reading], Found | str],
        wake: Callable[[], object],
    ) -> None:
        self._url = url
        self._find = find
        self._wake = wake
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="probe")
        self._heard: SimpleQueue[Finding] = SimpleQueue()
        self._left = 0
        """The versions that are yet to answer, or to be asked."""
        self._asking = 0
        self._counting = Mutex()

    def ask(self, contents: Mapping[VersionKey, Content], reading: Reading, now: float) -> None:
        """Begin to ask the versions with *contents*; *reading* is that of the server."""
        with self._counting:
            self._left += len(contents)
        for key, content in contents.items():
            self._pool.submit(self._run, key, content, reading, now)

    def heard(self) -> list[Finding]:
        """Return what has come since it was called last."""
        return [self._heard.get() for _ in range(self._heard.qsize())]

    def stop(self) -> None:
        """Ask nothing more, and wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way."""
        return self._asking > 0

    def _run(self, key: VersionKey, content: Content, reading: Reading, now: float) -> None:
        with self._counting:
            self._asking += 1
        try:
            answer = self._asked(key, self._find(content, reading))
        except OSError as error:
            answer = ProbeAnswer(Answered.NOT_YET, one_line(file_reason(error)))
        except Exception as error:
            logger.exception("the probe of %s %d: a bug of this program", *key)
            words = f"a bug of this program: {type(error).__name__}: {error}"
            answer = ProbeAnswer(Answered.NO_PROBE, one_line(words))
        self._heard.put(Finding(key, now, answer))
        with self._counting:
            self._asking -= 1
            self._left -= 1
            is_last = not self._left
        if is_last:
            self._wake()

    def _asked(self, key: VersionKey, found: Found | str) -> ProbeAnswer:
        if isinstance(found, str):
            return ProbeAnswer(Answered.NO_PROBE, one_line(found))
        name, number = key
        outcome = probing.ask(self._url, predict(name, version=number), found.probe)
        return _answer(found, outcome)


def _answer(found: Found, outcome: Outcome) -> ProbeAnswer:
    words, seconds = one_line(outcome.words), round(outcome.seconds, 6)
    if outcome.answered is probing.Answered.RIGHT:
        return ProbeAnswer(Answered.YES, seconds=seconds)
    if outcome.answered is probing.Answered.NOTHING:
        return ProbeAnswer(Answered.NOT_YET, words)
    if found.is_logged and "JSON" in words:  # of our making, and no fault of the version
        return ProbeAnswer(Answered.NO_PROBE, f"a warm-up record by REST: {words}")
    return ProbeAnswer(Answered.NO, words, seconds)
