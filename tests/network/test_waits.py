"""A server that never answers, or answers too slowly, is given up, and not waited for again."""

import threading
import time
from functools import partial

import pytest

from generator.limits.waits import LEAST_BYTES, LEFT_CALLS, QUIET_SECONDS
from generator.network.waits import (
    SilentError,
    Transfer,
    forget,
    refuse_silent,
    server_of,
    silent,
    within,
)

SHORT = 0.2


def test_what_is_asked_for_is_returned_or_raised():
    """As if it had been called here."""
    assert within(lambda: 7, "a", SHORT) == 7
    with pytest.raises(KeyError, match="x"):
        within(partial({}.__getitem__, "x"), "a", SHORT)


def test_a_call_without_an_end_is_given_up():
    """The message says who was waited for, and how long."""
    with pytest.raises(SilentError, match=r"no answer of slow within 0\.2 s"):
        within(threading.Event().wait, "slow", SHORT)


def test_who_was_silent_is_not_waited_for_again():
    """And another server is."""
    with pytest.raises(SilentError):
        within(threading.Event().wait, "slow", SHORT)
    started = time.monotonic()

    with pytest.raises(SilentError, match="ago"):
        within(lambda: 7, "slow", 60)

    assert time.monotonic() - started < 5
    assert within(lambda: 7, "other", SHORT) == 7


@pytest.mark.parametrize(("ago", "is_asked"), [(-0.5, False), (0.5, True)])
def test_who_was_silent_is_asked_again_after_a_while(monkeypatch, ago, is_asked):
    """A command that runs for hours, as an agent does, finds the server that came back."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    silent("slow", SHORT)
    now[0] += QUIET_SECONDS + ago

    if is_asked:
        refuse_silent("slow")
    else:
        with pytest.raises(SilentError, match=r"within 0\.2 s, (59|60) s ago"):
            refuse_silent("slow")


def test_calls_that_never_end_pile_up_to_a_limit():
    """An agent runs for months, and its store may send a byte a second all the time."""
    done = threading.Event()

    def open_calls():
        return [it for it in threading.enumerate() if it.name == "asks trickle"]

    for _ in range(LEFT_CALLS + 20):
        forget()
        with pytest.raises(SilentError) as refused:
            within(done.wait, "trickle", 0.001)
    assert f"{LEFT_CALLS} calls were given up and have not ended" in str(refused.value)
    assert len(open_calls()) == LEFT_CALLS
    assert within(lambda: 7, "other", SHORT) == 7

    done.set()
    for thread in open_calls():
        thread.join(10)
    forget()
    assert within(lambda: 7, "trickle", 10) == 7


@pytest.mark.parametrize(("speed", "is_ended"), [(10, False), (0.1, True)])
def test_a_transfer_goes_on_as_long_as_enough_moves(speed, is_ended):
    """Of a byte a second there is an end, and of a large one there is none before its own."""
    moved = [0]
    done = threading.Event()
    seconds, step = 4 * SHORT, SHORT / 4

    def transfer():
        for _ in range(30):
            done.wait(step)
            moved[0] += round(LEAST_BYTES * step * speed)
        return "all"

    act = partial(within, transfer, "s", seconds, goes_on=Transfer(lambda: moved[0]).goes_on)
    if is_ended:
        with pytest.raises(SilentError):
            act()
    else:
        assert act() == "all"
    done.set()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://bot:secret@h:8443/a/b.git", "https://h:8443"),
        ("ssh://git@h/a", "ssh://h"),
        ("git@h:a/b.git", "h"),
    ],
)
def test_a_server_is_named_without_credentials(url, server):
    """Of whichever form its address is."""
    assert server_of(url) == server
