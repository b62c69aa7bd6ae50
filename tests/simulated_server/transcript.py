"""Turns recorded runs into scenarios: `python -m tests.simulated_server.transcript FOLDER`.

A recording is a text with a line for each thing done or seen. It says when things were seen,
but not when they were done: that is put between the two moments around, the last of several
half a second before the later moment, so that the same poll finds it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.simulated_server.config import Kind
from tests.simulated_server.scenario import MODELS, SCENARIOS, Scenario, Step, dump

_TIMED = re.compile(r"\[ *([\d.]+)\] (.*)")
_STATE = re.compile(r" {12}(.*/-?\d+): ([A-Z]+)")
_EVENT = re.compile(r"EVENT \{name: (.*) version: (-?\d+)\} (START|AVAILABLE|END)")
_ANSWER = re.compile(
    r"GET (\S*) (\S*) -> (?:\{.* version: (-?\d+)\} from (.*) data=|([A-Z_a-z ]*[A-Z_a-z]))"
)
_VERDICTS = {
    r"(?:RELOAD )?(?:ok|OK after .*)$": Kind.OK,
    r".*(?:READ-ERROR|Invalid protobuf file|/models.config; No such file)": Kind.UNREADABLE,
    r".*assign label to version (?P<version>\d+) of model (?P<model>\w*),": Kind.LABEL,
    r".*Illegal setting (?:neither|both).* model name is (?P<model>\w*)": Kind.PLATFORM_UNSET,
    r".*Illegal to change a model's platform. For model (?P<model>\w*)": Kind.PLATFORM_CHANGED,
    r".*Model (?P<model>\w*) requests unsupported platform": Kind.PLATFORM_UNKNOWN,
    r".*Illegal to list model (?P<model>\w*) multiple times": Kind.DUPLICATE,
    r".*Expected model (?P<model>\w*) to have an absolute path": Kind.PATH,
    r".*Cannot transition to requested config": Kind.TRANSITION,
    r".*not become available: \{+name: (?P<model>\w*) version: (?P<version>\d+)": (
        Kind.NOT_AVAILABLE
    ),
    r".*No request-logger-creator": Kind.LOGGING,
}
_TWO_MODELS = "".join(
    f'  config {{ name: "{name}" base_path: "{MODELS}/{name}" model_platform: "tensorflow"'
    " model_version_policy { specific { versions: 1 } } }\n"
    for name in "mn"
)
_TWO_MODELS = f"model_config_list {{\n{_TWO_MODELS}}}\n"

# What was done without a line of its own, by the remark that stands where it was done.
_DONE: dict[str, list[tuple[Any, ...]]] = {
    "files of m/2 repaired in place": [("put", "m/2", False, 0)],
    "m/2 moved away, then back": [("remove", "m/2"), ("put", "m/2", False, 0)],
    "2 out, repaired, in again": [("put", "m/2", False, 0)],
    "2 repaired, asked for again": [("put", "m/2", False, 0)],
    "repaired in place": [("put", "n/1", False, 0)],
    "bad/1 repaired on disk": [("put", "bad/1", False, 0)],
    "full with CRLF and BOM": [("write", _TWO_MODELS.replace("\n", "\r\n"))],
    "BOM": [("write", "\ufeff" + _TWO_MODELS)],
    "a plain file named as a version, next to version 1: model d": [("put", "d/7", True, 0)],
    "16c-version-is-a-plain-file-at-start": [("put", "e/7", True, 0)],
}


def verdict(text: str) -> str:
    """Return what the server's message *text* says of a reload, a start or a read."""
    for pattern, kind in _VERDICTS.items():
        if match := re.match(pattern, text):
            found = match.groupdict()
            about = "/".join(found[key] for key in ("model", "version") if found.get(key))
            return f"{kind} {about}".strip()
    raise ValueError(text)


class _Recording:
    """Reads the lines of one recording from the first to the last."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._done: list[tuple[Any, ...]] = []
        self._steps: list[Step] = []
        self._now = 0.0
        self._remark = ""
        self._call = ""

    def scenario(self) -> Scenario:
        """Return the whole of it."""
        name, _, flags = self._lines.pop(0).removeprefix("=== ").partition("  flags: ")
        self._done += _DONE.get(name, [])
        while self._lines:
            self._take(self._lines.pop(0))
        return Scenario(name, tuple(flags.split()), tuple(self._steps))

    def _take(self, line: str) -> None:
        if match := _TIMED.match(line):
            self._settle(float(match[1]))
            self._seen(match[2])
        elif line.startswith("   ## "):
            self._remark = line[6:]
            self._done += _DONE.get(self._remark, [])
        elif line.startswith("   $ "):
            self._done += _store_changes(line[5:])
        elif line == "   --- models.config :=":
            text = "".join(self._block("   | ", 5))
            empty = not text.strip() and self._remark == "file of 0 bytes"
            self._done.append(("write", "" if empty else text))
        elif line.startswith("   --- RPC config: "):
            self._call = line.removeprefix("   --- RPC config: ").replace("$D", MODELS)
            self._call += "".join(["\n", *self._block("", 0)])
        elif line == "   --- server started":
            self._settle(self._now)
            self._steps.append(Step("start", 0.0))
            self._now = 0.0
        elif line == "   process exited rc=-6":
            self._steps.append(Step("exit", self._now, (str(Kind.CRASH),)))

    def _block(self, prefix: str, width: int) -> Iterator[str]:
        """Take the lines of a text up to the first that is no part of it."""
        while self._lines and self._lines[0].startswith(prefix) and (prefix or self._lines[0]):
            yield self._lines.pop(0)[width:].replace("$D", MODELS) + "\n"

    def _settle(self, now: float) -> None:
        """Give what was done since the last moment a moment of its own."""
        last = max(self._now, now - 0.5)
        for number, (what, *facts) in enumerate(self._done, start=1):
            at = self._now + (last - self._now) * number / len(self._done)
            self._steps.append(Step(what, round(at, 2), tuple(facts)))
        self._done = []
        self._now = now

    def _see(self, what: str, *facts: Any) -> None:  # goes to JSON
        # The last of several states at one moment shows all models, the others may show one.
        if what == "states" and self._steps[-1].what == what and self._steps[-1].at == self._now:
            self._steps.pop()
        self._steps.append(Step(what, self._now, facts))

    def _seen(self, text: str) -> None:
        if re.match("RELOAD (ok|ERROR)|READ-ERROR", text):
            self._see("verdict", verdict(re.sub(r" \(poll \d+, .*", "", text)))
        elif match := _EVENT.match(text):
            self._see("event", f"{match[1]}/{match[2]}", match[3])
        elif text.startswith("START ok"):
            self._see("listening")
        elif text.startswith("EXIT"):
            self._see("exit", verdict(text))
        elif text.startswith("RPC reload -> "):
            self._see("call", self._call, verdict(text.removeprefix("RPC reload -> ")))
        elif match := _ANSWER.match(text):
            model, label, version, path, failure = match.groups()
            self._see("answer", model, label, failure or f"{version} from {path}")
        elif text.startswith("STATE"):
            self._see_states(text)

    def _see_states(self, text: str) -> None:
        states = {}
        while self._lines and (match := _STATE.match(self._lines[0])):
            states[match[1]] = match[2]
            self._lines.pop(0)
        last = text.partition("last=")[2]
        stuck = re.search(r"STUCK for ([\d.]+) s", text)
        self._see(
            "states",
            states,
            verdict(last) if last else "",
            float(stuck[1]) if stuck else 0.0,
            "NOT listening" not in text,
        )


def _store_changes(command: str) -> Iterator[tuple[Any, ...]]:
    """Return what a `mkdir`, `file` or `rm -r` line did to the store."""
    verb, _, rest = command.partition(" ")
    if verb == "rm":
        path = rest.removeprefix("-r ")
        yield ("write", None) if path == "models.config" else ("remove", path)
        return
    if verb == "file":
        yield "put", rest.partition(" (")[0], True, 0
        return
    names, brace, behaviour = rest.partition(" {")
    facts = ast.literal_eval("{" + behaviour) if brace else {}
    for path in [names] if brace else names.split():
        if "/" in path:
            yield "put", path, bool(facts.get("fail")), facts.get("slow", 0)
        else:
            yield "make", path


def recording(text: str) -> Scenario:
    """Return what one recording says; raises ValueError for a message that is not known."""
    return _Recording(text.splitlines()).scenario()


def main(folder: str) -> None:
    """Write the scenarios of all recordings in *folder*."""
    scenarios = [
        recording(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).glob("*.txt"))
    ]
    SCENARIOS.write_text(dump(scenarios), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
