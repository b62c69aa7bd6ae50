"""The log: on stderr, as text or as one JSON object a line."""

import json
import logging
from datetime import UTC, datetime


def begin(level: str, *, is_json: bool, is_dated: bool = False) -> None:
    """Log from *level* on; *is_dated* puts the time into each line, for what runs for long."""
    handler = logging.StreamHandler()
    if is_json:
        handler.setFormatter(_JsonLines(is_dated=is_dated))
    else:
        text = "%(levelname)s %(message)s"
        handler.setFormatter(logging.Formatter(f"%(asctime)s {text}" if is_dated else text))
    logger = logging.getLogger("generator")
    logger.handlers[:] = [handler]
    logger.setLevel(level)


class _JsonLines(logging.Formatter):
    """One JSON object a line, with the `fields` that a message may carry."""

    def __init__(self, *, is_dated: bool) -> None:
        super().__init__()
        self._is_dated = is_dated

    def format(self, record: logging.LogRecord) -> str:
        line = {"level": record.levelname.lower(), "message": record.getMessage()}
        if self._is_dated:
            at = datetime.fromtimestamp(record.created, UTC)
            line = {"time": at.isoformat(timespec="milliseconds"), **line}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
