"""The standard streams, usable whatever the shell has made of them.

A stream that is closed from the start (`2>&-`) goes nowhere. A character that its encoding
does not have is spelled in ASCII. What cannot be written to stdout ends the command where
it is safe to end; what cannot be written to stderr is talk, and lost.
"""

import codecs
import errno
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any, TextIO, cast

PIPE_CLOSED = 141
"""The exit code of a program that a closed pipe has ended: 128 and the number of SIGPIPE."""

_NOT_WRITTEN = 5
_SPELLED = {"→": "->", "…": "...", "─": "-", "│": "|"}
_SPELL = "tfs-gitops-spell"


class OutputError(Exception):
    """Text that was for stdout could not be written; nothing more is.

    *undone* is what the command does not do any more.
    """

    def __init__(self, reason: OSError, undone: str = "") -> None:
        self.is_closed = reason.errno == errno.EPIPE
        """Its reader has gone, with what it wanted; only what is undone needs words."""
        self.exit_code = PIPE_CLOSED if self.is_closed else _NOT_WRITTEN
        self.is_silent = self.is_closed and not undone
        self._reason = reason
        what = "nobody reads it any more" if self.is_closed else reason.strerror
        super().__init__(f"stdout: cannot be written: {what}" + (undone and f"; {undone}"))

    def leaving(self, undone: str) -> "OutputError":
        """Return the same error of a command that leaves something undone."""
        return OutputError(self._reason, undone)


@contextmanager
def usable() -> Iterator[None]:
    """Make the streams usable, and let what cannot be printed be told as an OutputError."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_SPELL)
    out, err = _Output(sys.stdout), _Talk(sys.stderr)
    with redirect_stdout(cast("TextIO", out)), redirect_stderr(cast("TextIO", err)):
        yield


def can_take_back(stream: TextIO) -> bool:
    """Whether what was printed on *stream* can be replaced: on a terminal that is not dumb."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def pause(stream: TextIO, seconds: float) -> None:
    """Wait so long, and no longer than somebody reads *stream*, if that is a pipe.

    Raises:
        OutputError: Nobody does any more.
    """
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # no such call here, or no file behind it
        time.sleep(seconds)
        return
    if poll.poll(seconds * 1000):
        raise OutputError(BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)))


class _Stream:
    """A stream that may fail; from then on, nothing is written to it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._failed: OSError | None = None

    def write(self, text: str) -> int:
        """Write *text*."""
        self._attempt(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Write what was kept back."""
        self._attempt(self._stream.flush)

    def _attempt(self, act: Callable[[], object]) -> None:
        if self._failed is None:
            try:
                act()
            except OSError as error:
                self._failed = error
                _lead_nowhere(self._stream)
        if self._failed is not None:
            self.tell(self._failed)

    def tell(self, reason: OSError) -> None:
        """Tell of a failure, if somebody should know."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the stream has
        return getattr(self._stream, name)


class _Output(_Stream):
    """Stdout: data, which nobody may miss without being told."""

    def tell(self, reason: OSError) -> None:
        """Raise."""
        raise OutputError(reason)


class _Talk(_Stream):
    """Stderr: nobody is left to whom a failure of it could be told."""


def _lead_nowhere(stream: TextIO) -> None:
    """Lead what is still kept back nowhere, or Python would stumble over it at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _open_closed() -> None:
    """Open what is closed, so that no other file gets its number and what is printed for it.

    A file that is opened gets the lowest free number: in this order, that of its stream.
    """
    for name, flags in (("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, flags)
            os.set_inheritable(number, True)  # noqa: FBT003  positional only
            stream = os.fdopen(number, "w" if flags else "r", encoding="utf-8", closefd=False)
            setattr(sys, name, stream)


def _spell(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for the characters that an encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(_SPELLED.get(it) or _escaped(it) for it in lost), error.end


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode()


codecs.register_error(_SPELL, _spell)
