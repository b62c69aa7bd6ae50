"""Runs of the real server with load threads, as they were told and not recorded.

The flags, what was done, and the figures are those that were observed (F16, F30, F31).
"""

from generator.simulated_server.config import OK, Kind, Verdict
from tests.simulated_server.scenario import MODELS, Scenario, Step

_FLAGS = (
    "--allow_version_labels_for_unavailable_models=1",
    "--model_config_file_poll_wait_seconds=1",
    "--file_system_poll_wait_seconds=1",
)
_OK = str(OK)


def _listed(**models: list[int]) -> str:
    """Return a file that pins these versions of models."""
    entries = [
        f'config {{ name: "{name}" base_path: "{MODELS}/{name}" model_platform: "tensorflow" '
        f"model_version_policy {{ specific {{ versions: {numbers} }} }} }}"
        for name, numbers in models.items()
    ]
    return f"model_config_list {{ {' '.join(entries)} }}"


def _put(path: str, *, fail: bool = False, slow: float = 0) -> Step:
    return Step("put", 0.0, (path, fail, slow))


def _states(at: float, states: dict[str, str], stuck: float = 0.0) -> Step:
    return Step("states", at, (states, _OK, stuck, True))


def _events(*events: tuple[float, str, str]) -> list[Step]:
    return [Step("event", at, (path, state)) for at, path, state in events]


def _scenario(name: str, steps: list[Step], **flags: int) -> Scenario:
    """Return a run in which the reloads end well, and the start at once."""
    words = (*_FLAGS, *(f"--{flag}={value}" for flag, value in flags.items()))
    begin = [Step("start", 0.0), Step("listening", 0.1), Step("verdict", 0.1, (_OK,))]
    done = [step for step in steps if step.what == "put" and not step.at]
    file, *rest = steps[len(done) :]
    timed = sorted([*begin[1:], *rest], key=lambda step: step.at)
    return Scenario(name, words, (*done, file, begin[0], *timed))


def _dropped_while_it_loads() -> Scenario:
    return _scenario(
        "a load that ends well after its version was dropped",
        [
            *(_put("m/1"), _put("m/2", slow=5)),
            Step("write", 0.0, (_listed(m=[1]),)),
            Step("write", 1.5, (_listed(m=[1, 2]),)),
            Step("write", 3.5, (_listed(m=[1]),)),
            *_events((0.1, "m/1", "START"), (0.1, "m/1", "AVAILABLE")),
            *_events((2.1, "m/2", "START"), (7.1, "m/2", "END")),
            _states(6.0, {"m/1": "AVAILABLE", "m/2": "LOADING"}),
            _states(9.0, {"m/1": "AVAILABLE", "m/2": "END"}),
            Step("error", 9.0, ("m/2", "CANCELLED")),
        ],
        num_load_threads=2,
        max_num_load_retries=0,
    )


def _twelve_dropped() -> Scenario:
    queued = range(2, 14)  # the highest goes first
    ended = {"m/1": "AVAILABLE"} | {f"m/{number}": "END" for number in queued}
    return _scenario(
        "twelve versions that are dropped in the queue are loaded all the same",
        [
            *(_put("m/1"), *(_put(f"m/{number}", slow=3) for number in queued)),
            Step("write", 0.0, (_listed(m=[1]),)),
            Step("write", 1.5, (_listed(m=[1, *queued]),)),
            Step("write", 3.1, (_listed(m=[1]),)),
            *_events((0.1, "m/1", "START"), (0.1, "m/1", "AVAILABLE")),
            *_events(*((2.1, f"m/{number}", "START") for number in queued)),
            *_events(*((45.0 - 3 * number, f"m/{number}", "END") for number in queued)),
            _states(42.0, ended),
            *(Step("error", 42.0, (f"m/{number}", "CANCELLED")) for number in queued),
        ],
        num_load_threads=1,
        max_num_load_retries=0,
    )


def _two_that_fail(threads: int, other: float) -> Scenario:
    """Return the run in which the version of another model is there at second *other*."""
    return _scenario(
        f"two versions that fail, and another one, with {threads} load threads",
        [
            *(_put(f"{path}/1") for path in "mnp"),
            *(_put("m/2", fail=True), _put("n/2", fail=True), _put("p/2")),
            Step("write", 0.0, (_listed(m=[1], n=[1], p=[1]),)),
            Step("write", 1.5, (_listed(m=[1, 2], n=[1, 2], p=[1]),)),
            Step("write", 4.5, (_listed(m=[1], n=[1], p=[1, 2]),)),  # a pause is not cut
            Step("put", 30.0, ("m/2", False, 0)),
            *_events(*((0.1, f"{one}/1", "START") for one in "mnp")),
            *_events(*((0.2, f"{one}/1", "AVAILABLE") for one in "mnp")),
            *_events((2.1, "m/2", "START"), (2.1, "n/2", "START"), (5.1, "p/2", "START")),
            *_events((62.1, "m/2", "END"), (62.1, "n/2", "END"), (other, "p/2", "AVAILABLE")),
            Step("error", 70.0, ("m/2", "CANCELLED")),  # it was repaired before its last try
            Step("error", 70.0, ("n/2", "NOT_FOUND")),
        ],
        num_load_threads=threads,
        max_num_load_retries=5,
    )


def _new_and_broken(held: float, **flags: int) -> Scenario:
    """Return the run in which a broken new model holds the poll for so many seconds."""
    refused = str(Verdict(Kind.NOT_AVAILABLE, "n/1"))
    end = 2.0 + held
    return _scenario(
        f"a broken new model holds the config poll for {held} s",
        [
            *(_put("m/1"), _put("m/2"), _put("n/1", fail=True)),
            Step("write", 0.0, (_listed(m=[1]),)),
            Step("write", 1.5, (_listed(m=[1], n=[1]),)),
            Step("write", 2.5, (_listed(m=[1, 2], n=[1]),)),
            *_events((0.1, "m/1", "START"), (0.1, "m/1", "AVAILABLE"), (2.1, "n/1", "START")),
            *_events((end, "n/1", "END"), (end + 1, "m/2", "START"), (end + 1, "m/2", "AVAILABLE")),
            *(Step("verdict", end, (refused,)), Step("verdict", end + 1, (_OK,))),
            _states(end + 3, {"m/1": "AVAILABLE", "m/2": "AVAILABLE", "n/1": "END"}),
        ],
        num_load_threads=2,
        **flags,
    )


OBSERVED = (
    _dropped_while_it_loads(),
    _twelve_dropped(),
    _two_that_fail(threads=2, other=62.2),
    _two_that_fail(threads=4, other=5.1),
    _new_and_broken(held=60.5, max_num_load_retries=1),
    _new_and_broken(held=1.5, max_num_load_retries=1, load_retry_interval_micros=1_000_000),
    _new_and_broken(held=0.5, max_num_load_retries=0),
)
"""All of them. How long a poll is held also depends on when the next look at the folders is."""
