"""What the agent logs: one line a step, and what is new since the round before.

Each of them is one line, whatever a server or a store had to say.
"""

import logging
from collections.abc import Mapping

from generator.agent.decide.config import Key
from generator.agent.decide.reload import Verdict
from generator.agent.report import Report
from generator.text.quoting import one_line

logger = logging.getLogger(__name__)


def step(number: int, told: str) -> None:
    """Log a step that was written."""
    logger.info("step %d: %s", number, told, extra={"fields": {"step": number, "change": told}})


def bug(error: Exception, before: str | None) -> str:
    """Log an *error* that nobody expected, with its traceback; return it in one line.

    One that was told *before*, in the last round, is not logged again.
    """
    told = f"a bug of this program: {type(error).__name__}: {error}"
    told = told.encode(errors="backslashreplace").decode()
    if before != told:
        logger.error("%s", told, exc_info=error)
    return told


def log(before: Report, after: Report) -> None:
    """Log what is new since the round before: failures, problems, the verdict on the pod."""
    _tell("failed", before.failed, after.failed)
    _tell("not fetched", before.unfetched, after.unfetched)
    verdict = after.reload.verdict
    if verdict is Verdict.REFUSED is not before.reload.verdict:
        told = "the server does not take its config: its log has the reason, after ReloadConfig"
        logger.warning("%s", told, extra={"fields": {"reload": verdict}})
    ready, reason = after.readiness.ready, after.readiness.reason
    if (ready, reason) != (before.readiness.ready, before.readiness.reason):
        told, reason = "ready" if ready else "not ready", one_line(reason)
        fields = {"ready": ready, "reason": reason}
        logger.info("%s%s", told, f": {reason}" if reason else "", extra={"fields": fields})


def _tell(what: str, before: Mapping[Key, str], after: Mapping[Key, str]) -> None:
    for (model, version), error in sorted(after.items()):
        if before.get((model, version)) != error:
            line = one_line(error)
            fields = {"model": model, "version": version, "error": line}
            logger.warning("%s %d %s: %s", model, version, what, line, extra={"fields": fields})
