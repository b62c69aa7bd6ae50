"""kubectl as a program: what it says of pods, and forwards to them that end with their use."""

import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from msgspec import Struct

from generator.limits.answer import PODS_BYTES
from generator.status.kube.pods import Pod
from generator.text import bounded_file, bounded_json
from generator.text.pattern import pattern
from generator.text.phrases import reason
from generator.text.quoting import one_line

TIMEOUT = 30.0
"""Seconds for an answer of the cluster, and for a forward to begin."""

_ENDING = 5.0
"""Seconds that a forward has to end by itself."""

_SAID_BYTES = 64 * 1024

_FORWARDING = pattern(r"Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)")


class KubectlError(Exception):
    """The cluster, or kubectl itself, does not answer; with the reason, in one line."""


class Kubectl(Struct, frozen=True):
    """kubectl, as it is configured for one context."""

    context: str | None = None
    """None for the current one."""
    timeout: float = TIMEOUT

    def get_pods(self, namespace: str, selector: str) -> Any:  # noqa: ANN401  JSON
        """Return the PodList of what *selector* selects, as JSON.

        Raises:
            KubectlError: There is none to be had.
        """
        words = self._words(namespace, "get", "pods", f"--selector={selector}", "--output=json")
        try:
            return bounded_json.loads(_answer(words, self.timeout))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise KubectlError("kubectl: no answer in time") from None
        except (OSError, ValueError) as error:
            raise KubectlError(f"kubectl: {one_line(reason(error))}") from error

    @contextmanager
    def forwarded(
        self, namespace: str, pods: Sequence[Pod]
    ) -> Iterator[dict[str, dict[int, int] | KubectlError]]:
        """Forward free ports of 127.0.0.1 to the ports of *pods*, as long as the context lasts.

        Yields by name of the pod the local port of each of its ports, or why there is none.
        Whatever ends the context, Ctrl-C and SIGTERM too, ends the forwards.
        """
        begun: dict[str, _Forward | KubectlError] = {}
        try:
            with _ended_by_sigterm():
                for pod in pods:
                    ports = [f":{port}" for port in pod.ports]
                    words = ("port-forward", "--address=127.0.0.1", f"pod/{pod.name}", *ports)
                    begun[pod.name] = _begun(self._words(namespace, *words))
                deadline = time.monotonic() + self.timeout
                yield {pod.name: _ports(begun[pod.name], len(pod.ports), deadline) for pod in pods}
        finally:
            running = [one for one in begun.values() if isinstance(one, _Forward)]
            for forward in running:
                forward.process.terminate()
            for forward in running:
                forward.end()

    def _words(self, namespace: str, *words: str) -> list[str]:
        context = [f"--context={self.context}"] if self.context is not None else []
        return ["kubectl", *context, f"--namespace={namespace}", *words]


def _answer(words: Sequence[str], timeout: float) -> bytes:
    """Return what the program prints, which it has so many seconds for.

    Raises:
        KubectlError: It fails.
        OSError: It cannot be run, or prints nothing in time, or too much.
    """
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603  a fixed program
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environ(),
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101  it is a pipe
        try:
            found = bounded_file.receive(process.stdout.fileno(), PODS_BYTES, timeout, "kubectl")
            process.wait(timeout)
        finally:
            process.kill()
        if process.returncode:
            errors.seek(0)
            said = errors.read(_SAID_BYTES).decode(errors="replace")
            raise KubectlError(_said(said.splitlines()))
        return found


class _Forward:
    """One `kubectl port-forward`; its output is read all the while, or it would block."""

    def __init__(self, words: Sequence[str]) -> None:
        self.process = subprocess.Popen(  # noqa: S603  a fixed program
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=_environ(),
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def ports(self, count: int, deadline: float) -> dict[int, int]:
        """Return the local port of each of *count* ports, when all of them are there.

        Raises:
            KubectlError: They are not, by *deadline* of the monotonic clock.
        """
        found: dict[int, int] = {}
        said: list[str] = []
        while len(found) < count:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise KubectlError("kubectl: no forward in time") from None
            if line is None:
                raise KubectlError(_said(said))
            if match := _FORWARDING.match(line):
                found[int(match[2])] = int(match[1])
            else:
                said.append(line)
        return found

    def end(self) -> None:
        """See that the process is over, which has been asked to end."""
        try:
            self.process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(_ENDING)

    def _read(self) -> None:
        assert self.process.stdout is not None  # noqa: S101  it is a pipe
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)


def _begun(words: Sequence[str]) -> _Forward | KubectlError:
    try:
        return _Forward(words)
    except OSError as error:
        return KubectlError(f"kubectl: {error.strerror}")


def _ports(
    forward: _Forward | KubectlError, count: int, deadline: float
) -> dict[int, int] | KubectlError:
    if isinstance(forward, KubectlError):
        return forward
    try:
        return forward.ports(count, deadline)
    except KubectlError as error:
        return error


def _said(lines: Sequence[str]) -> str:
    """Return the last thing that kubectl said: what comes before are retries of the same."""
    last = next((line for line in reversed(lines) if line.strip()), "it says nothing")
    return f"kubectl: {one_line(last.strip().removeprefix('error: '))}"


def _environ() -> dict[str, str]:
    return {**os.environ, "KUBERC": "off"}  # aliases and defaults of a person would change it


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM raise SystemExit meanwhile: it would leave the forwards behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before: Any = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
