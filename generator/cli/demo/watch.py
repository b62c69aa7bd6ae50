"""The lines of a demo that tell what happens in pods, each when it happens."""

import time
from collections.abc import Iterator, Sequence

from generator.cli import echo
from generator.cli.demo.pod import Pod
from generator.cli.demo.stage import MODEL
from generator.report.line import Tone
from generator.serving.agent_state import AgentState
from generator.serving.reported import LoadState, ServerModel, ServerState

_TONES = {"server": Tone.PLAIN, "agent": Tone.LATER}


class Watch:
    """The lines on *pods* that were told so far, and the seconds since it began."""

    def __init__(self, pods: Sequence[Pod]) -> None:
        self._pods = pods
        self._began = time.monotonic()
        self._told: dict[str, tuple[str, ...]] = {}

    def begin(self) -> None:
        """Count the seconds from now on."""
        self._began = time.monotonic()

    def tell(self, who: str, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Print a line."""
        echo.say(f"  {time.monotonic() - self._began:5.1f} s  {who:7}  {text}", style=tone)

    def show(self, states: Sequence[ServerState]) -> None:
        """Print what has changed of each pod since the last look."""
        for pod, state in zip(self._pods, states, strict=True):
            found = (_of_server(state), _of_agent(state))
            before = self._told.get(pod.name, ("", ""))
            self._told[pod.name] = found
            for whose, text, old in zip(("server", "agent"), found, before, strict=True):
                if text and text != old:
                    self.tell(pod.name, f"{whose}: {text}", _TONES[whose])


def _of_server(state: ServerState) -> str:
    """Return what the server of a pod has; empty where it tells nothing."""
    found = state.models.get(MODEL) if not isinstance(state.models, str) else None
    if not isinstance(found, ServerModel):
        return ""
    return ", ".join(_versions(found)) + "".join(
        f", {label}={to}" for label, to in sorted(found.labels.items())
    )


def _versions(found: ServerModel) -> Iterator[str]:
    for number, it in sorted(found.versions.items()):
        if it.state is not LoadState.END or it.is_failed:
            yield f"version {number} {it.state}"


def _of_agent(state: ServerState) -> str:
    """Return what the agent of a pod waits for."""
    told = state.agent.reported if state.agent else None
    return told.waits.get(MODEL, "") if isinstance(told, AgentState) else ""
