"""Measure what agents cost that ask each other: bytes, and the CPU of one of them, in a minute.

One agent asks as many others as there are, and is asked as often: so what this process takes, in
which both sides run, is the share of one. Of each minute two looks are made, and counted up. The
new way is `/wave`; the old one, of releases before it, `/status`. Run from the repository's root:
`python -m benchmarks.peers`.
"""

import argparse
import sys
import time
from dataclasses import dataclass, field
from http import HTTPStatus

from msgspec.structs import replace

from generator.agent.decide.config import Config, Entry, states
from generator.agent.endpoints import Endpoints
from generator.agent.http_server import Answer, Bounds, listening
from generator.agent.pod.peer_budget import PeerBudget
from generator.agent.pod.peer_reader import PeerReader, Unheard, Wanted
from generator.agent.report import Report
from generator.serving.state import ModelState
from generator.serving.wave_document import Serving
from generator.serving.wave_state import Trial, WaveState

STATE = "sha256:" + "0" * 64
PAUSES = {"in a wave": 2.0, "at rest": 10.0}
"""Seconds between two looks."""

_LOOKS = 2
_PATIENCE = 60.0


@dataclass
class Others:
    """All other pods of an environment, at one port: each is as far as any other."""

    models: int
    is_old: bool
    sent: int = 0
    """Bytes of the bodies that they answered."""
    report: Report = field(init=False)
    _tag: str = ""

    def __post_init__(self) -> None:
        wanted: Config = {
            f"team-model-{number:05}": Entry(
                f"team/model-{number:05}",
                "tensorflow",
                ModelState(frozenset({2}), (("stable", 2),)),
            )
            for number in range(self.models)
        }
        served = {**wanted, "team-model-00000": replace(wanted["team-model-00000"])}
        trials = {("team-model-00000", 2): Trial(STATE, 3.0)}
        wave = WaveState("pod", was_ready=True, answering=100.0, trials=trials)
        self.report = Report(
            time.monotonic(),
            environment="prod",
            state=STATE,
            wanted=wanted,
            served=served,
            served_digest=STATE,
            wave=wave,
        )
        self._endpoints = Endpoints(lambda: self.report, time.monotonic)

    def round(self) -> None:
        """Let each have made a round that found nothing new."""
        now, wave = time.monotonic(), self.report.wave
        later = None if wave is None else wave.later(now - self.report.at)
        self.report = replace(self.report, at=now, wave=later)

    def respond(self, target: str) -> Answer:
        """Answer as an agent does; an old one has no `/wave`."""
        if self.is_old and target != "/status":
            return Answer(HTTPStatus.NOT_FOUND, "text/plain", b"see /status\n")
        answer = self._endpoints(target)
        if not answer.tag or answer.tag != self._tag:  # who has it gets a 304, and no body
            self.sent += len(answer.body)
        self._tag = answer.tag
        return answer


def minute(pods: int, models: int, pause: float, *, is_old: bool) -> tuple[int, float]:
    """Return the bytes that one agent gets, and the seconds of CPU that it takes, in a minute."""
    others = Others(models, is_old)
    config = others.report.wanted
    wanted = Wanted("prod", STATE, Serving.of(states(config)))
    with listening("0.0.0.0", 0, others.respond, Bounds(seconds=_PATIENCE)) as port:  # noqa: S104
        budget = PeerBudget()
        names = [f"127.0.0.{1 + it}:{port}" for it in range(pods - 1)]
        agents = [PeerReader(name, budget, _PATIENCE) for name in names]
        for agent in agents:
            agent.read(wanted)
        others.sent, began = 0, time.process_time()
        for _ in range(_LOOKS):
            others.round()
            for agent in agents:
                if isinstance(agent.read(wanted), Unheard):
                    raise SystemExit(f"{agent.address}: it is not heard")
        taken = time.process_time() - began
    looks = 60.0 / pause
    return round(others.sent * looks / _LOOKS), taken * looks / _LOOKS


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser("python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--pods", type=int, nargs="*", default=[3, 40, 100])
    parser.add_argument("--models", type=int, nargs="*", default=[100, 10_000])
    given = parser.parse_args()
    out = sys.stdout
    out.write("| pods | models | | `/status`: MB, s of CPU | `/wave`: MB, s of CPU |\n")
    out.write("|---|---|---|---|---|\n")
    for models in given.models:
        for pods in given.pods:
            for when, pause in PAUSES.items():
                cells = [
                    f"{size / 1e6:.2f}, {cpu:.2f}"
                    for size, cpu in (
                        minute(pods, models, pause, is_old=is_old) for is_old in (True, False)
                    )
                ]
                out.write(f"| {pods} | {models:,} | {when} | {' | '.join(cells)} |\n")
                out.flush()


if __name__ == "__main__":
    main()
