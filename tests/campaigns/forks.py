"""The program in processes of their own, forked from one that has imported it.

So a kill at a random moment meets what the program does, and not Python's imports; and a run
takes a fraction of a second. The process that forks has one thread, whatever servers run beside.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.campaigns.surroundings import look_for_settings_in

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds after which a run counts as one that never ends."""
_LOOK = 0.005
_PRELOADED = (
    *("generator.catalog.cache", "generator.catalog.store", "generator.agent"),
    *("generator.cli.commands.pull", "generator.cli.commands.sync", "generator.cli.results"),
    *("generator.delivery.forge", "generator.delivery.git", "generator.delivery.publish"),
    *("generator.environment.load", "generator.environment.project_folder"),
    *("generator.pipeline.fleet", "generator.pipeline.pipeline", "generator.render.templates"),
    *("github", "generator.catalog.store.google", "generator.render.kustomize_build"),
)
_TOUCHES = {
    *("os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "open"),
    *("socket.connect", "subprocess.Popen", "os.posix_spawn", "shutil.rmtree", "tempfile.mkdtemp"),
}
"""Events of Python's audit before which a process may be killed; libraries in C have none."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended: its exit code, negative for a signal, and all that it printed."""

    code: int
    said: str

    @property
    def is_killed(self) -> bool:
        """Whether it was killed."""
        return self.code == -signal.SIGKILL


class Forks:
    """The process that has imported the program, and forks itself to run it."""

    def __init__(self, server: "subprocess.Popen[str]") -> None:
        self._server = server

    def start(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        *,
        event: int | None = None,
        file_bytes: int | None = None,
    ) -> "Running":
        """Start `tfs-gitops` with *words*, in the environment *env*; it prints into *log*.

        With *event*, it is killed before its event of that number (see `_TOUCHES`). With
        *file_bytes*, it may write no larger file.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        order: dict[str, object] = {"words": [*words], "env": {**env}, "log": str(log)}
        order |= {"event": event, "file_bytes": file_bytes}
        return Running(self, self._ask(order), log)

    def run(self, words: Sequence[str], env: Mapping[str, str], log: Path) -> Ended:
        """Run `tfs-gitops`, and wait for its end."""
        return self.start(words, env, log).wait()

    def ended(self, process: int, seconds: float) -> int | None:
        """Return the exit code of a process; None if it still runs after so many seconds."""
        found = self._ask({"wait": process, "seconds": seconds})
        return None if found == _RUNS else found

    def _ask(self, order: Mapping[str, object]) -> int:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(f"{json.dumps(order)}\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


@dataclass(frozen=True, slots=True)
class Running:
    """A run of the program that may be killed, with all that it has started."""

    forks: Forks
    process: int
    log: Path

    def kill_after(self, seconds: float) -> Ended:
        """Kill it after so long, if it has not ended by then."""
        code = self.forks.ended(self.process, seconds)
        if code is None:
            self._kill()
            return self.wait()
        return self._told(code)

    def wait(self) -> Ended:
        """Wait for its end.

        Raises:
            TimeoutError: It does not end.
        """
        code = self.forks.ended(self.process, PATIENCE)
        if code is None:
            self._kill()
            self.forks.ended(self.process, PATIENCE)
            raise TimeoutError(f"still there after {PATIENCE:.0f} s: {self._text()}")
        return self._told(code)

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)

    def _told(self, code: int) -> Ended:
        return Ended(code, self._text())

    def _text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def forks() -> Iterator[Forks]:
    """Start the process that forks; what it has started is over at the end."""
    words = [sys.executable, "-m", "tests.campaigns.forks"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as server:
        yield Forks(server)
        assert server.stdin
        server.stdin.close()


_RUNS = 1000
"""In place of an exit code."""


def _serve() -> None:
    """Do what each line of stdin orders; print a number for each."""
    import importlib  # noqa: PLC0415

    for name in _PRELOADED:
        importlib.import_module(name)
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        if "wait" in order:
            number = _wait(order["wait"], order["seconds"])
        elif (number := os.fork()) == 0:
            os.setpgid(0, 0)
            _become(**order)
            return
        else:
            with suppress(PermissionError, ProcessLookupError):  # it was faster
                os.setpgid(number, number)
        print(number, flush=True)  # noqa: T201


def _wait(process: int, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= deadline:
            return _RUNS
        time.sleep(min(_LOOK, max(0.0, deadline - time.monotonic())))


def _become(
    words: Sequence[str],
    env: Mapping[str, str],
    log: str,
    event: int | None,
    file_bytes: int | None,
) -> None:
    """Be the program, from its entry on; this never returns."""
    if file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    os.environ.clear()
    os.environ.update(env)
    look_for_settings_in(env["HOME"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for source, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(out)
    sys.argv = ["tfs-gitops", *words]
    if event is not None:
        _kill_before(event)
    from generator.__main__ import main  # noqa: PLC0415

    main()


def _kill_before(event: int) -> None:
    left = [event]

    def hook(name: str, arguments: tuple[object, ...]) -> None:
        if name in _TOUCHES and not (name == "open" and _only_reads(arguments)):
            left[0] -= 1
            if left[0] == 0:
                os.killpg(0, signal.SIGKILL)

    sys.addaudithook(hook)


def _only_reads(arguments: tuple[object, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    if isinstance(mode, str):
        return not set(mode) & set("wax+")
    return not (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


if __name__ == "__main__":
    _serve()
