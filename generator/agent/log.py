"""The log of an agent: one line a step, and what is new since the round before.

Each of them is one line, whatever a server or a store had to say.
"""

import logging
from collections.abc import Mapping

from generator.agent.decide.config import Config
from generator.agent.decide.reload import Verdict
from generator.agent.report import Report
from generator.serving.state import ModelState, VersionKey
from generator.text.phrases import labels, numbers, some
from generator.text.quoting import one_line

logger = logging.getLogger(__name__)

_SHOWN = 20
_NOTHING = ModelState(frozenset())


def step(number: int, before: Config, after: Config) -> None:
    """Log the step from *before* to *after*, which was written."""
    text = change(before, after) or "the empty list, to start from"
    logger.info("step %d: %s", number, text, extra={"fields": {"step": number, "change": text}})


def change(before: Config, after: Config) -> str:
    """Return what a step does, as `a: versions 1 -> 1,2; b: labels stable=1 -> stable=2`."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        old, new = (
            config[name].state if name in config else _NOTHING for config in (before, after)
        )
        parts = [
            f"{what} {left or 'none'} -> {right or 'none'}"
            for what, left, right in (
                ("versions", numbers(old.versions, ","), numbers(new.versions, ",")),
                ("labels", labels(old.labels, ","), labels(new.labels, ",")),
            )
            if left != right
        ]
        if parts:
            lines.append(f"{name}: {', '.join(parts)}")
    return "; ".join(some(lines, _SHOWN, "models"))


def bug(error: Exception, before: str | None) -> str:
    """Log an *error* that nobody expected, with its traceback; return it in one line.

    One that was told *before*, in the last round, is not logged again.
    """
    told = f"a bug of this program: {type(error).__name__}: {error}"
    told = told.encode(errors="backslashreplace").decode()
    if before != told:
        logger.error("%s", told, exc_info=error)
    return told


def changes(before: Report, after: Report) -> None:
    """Log what is new since the round before: failures, problems, the verdict on the pod."""
    _log_new("failed", before.failed, after.failed)
    _log_new("not fetched", before.unfetched, after.unfetched)
    verdict = after.reload.verdict
    if verdict is Verdict.REFUSED is not before.reload.verdict:
        told = "the server does not take its config: its log has the reason, after ReloadConfig"
        logger.warning("%s", told, extra={"fields": {"reload": verdict}})
    ready, reason = after.readiness.ready, after.readiness.reason
    if (ready, reason) != (before.readiness.ready, before.readiness.reason):
        told, reason = "ready" if ready else "not ready", one_line(reason)
        fields = {"ready": ready, "reason": reason}
        logger.info("%s%s", told, f": {reason}" if reason else "", extra={"fields": fields})


def _log_new(what: str, before: Mapping[VersionKey, str], after: Mapping[VersionKey, str]) -> None:
    for (model, version), error in sorted(after.items()):
        if before.get((model, version)) != error:
            line = one_line(error)
            fields = {"model": model, "version": version, "error": line}
            logger.warning("%s %d %s: %s", model, version, what, line, extra={"fields": fields})
