"""The log: on stderr, as text or as one JSON object a line."""

import json
import logging
from datetime import UTC, datetime

from generator.text.quoting import printable_lines


def begin(level: str, *, is_json: bool, is_dated: bool = False) -> None:
    """Log from *level* on; *is_dated* puts the time into each line, for what runs for long."""
    handler = logging.StreamHandler()
    handler.setFormatter((_JsonLines if is_json else _TextLines)(is_dated=is_dated))
    logger = logging.getLogger("generator")
    logger.handlers[:] = [handler]
    logger.setLevel(level)


class _TextLines(logging.Formatter):
    """One line of text, with an escape for what cannot be seen; below it a traceback, if any."""

    def __init__(self, *, is_dated: bool) -> None:
        text = "%(levelname)s %(message)s"
        super().__init__(f"%(asctime)s {text}" if is_dated else text)

    def format(self, record: logging.LogRecord) -> str:
        return printable_lines(super().format(record))


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
