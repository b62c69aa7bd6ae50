"""`generator.text.bounded_file`: no file of others is read without end, or waited for."""

import os
import socket
import threading
import time

import pytest

from generator.limits.limit import Limit
from generator.text import bounded_file

LIMIT = Limit(1000, "bytes", "a file", reason="a test", told="an error")
READERS = [bounded_file.read, bounded_file.read_given]


@pytest.mark.parametrize("read", READERS)
def test_a_file_is_read_up_to_the_limit_and_no_further(tmp_path, read):
    """The limit itself is within; a sparse terabyte costs as little as one byte more."""
    (tmp_path / "file").write_bytes(b"x" * LIMIT)
    assert read(tmp_path / "file", LIMIT) == b"x" * LIMIT

    (tmp_path / "file").write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(OSError, match="more than 1,000 bytes"):
        read(tmp_path / "file", LIMIT)

    with (tmp_path / "file").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(OSError, match="more than 1,000 bytes"):
        read(tmp_path / "file", LIMIT)


def test_what_is_no_file_is_not_read(tmp_path):
    """A pipe, a device, a folder and a socket: at once, and nobody waits for their other end."""
    os.mkfifo(tmp_path / "pipe")
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(tmp_path / "socket"))

    for path in (tmp_path / "pipe", "/dev/zero", "/dev/null", tmp_path, tmp_path / "socket"):
        with pytest.raises(OSError, match=r"not a file|No such device"):
            bounded_file.read(path, LIMIT)
    bound.close()


def test_our_own_file_is_none_that_others_made_or_can_write(tmp_path, monkeypatch):
    """Whoever shares a folder with others does not take what they left there."""
    path = tmp_path / "file"
    path.write_bytes(b"x")
    path.chmod(0o644)
    assert bounded_file.read(path, LIMIT, own=True) == b"x"

    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError, match="symbolic links"):
        bounded_file.read(tmp_path / "link", LIMIT, own=True)
    for mode in (0o620, 0o602):
        path.chmod(mode)
        with pytest.raises(PermissionError, match="for others to write"):
            bounded_file.read(path, LIMIT, own=True)
    path.chmod(0o600)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(PermissionError, match="another user's"):
        bounded_file.read(path, LIMIT, own=True)
    assert bounded_file.read(path, LIMIT) == b"x"


def test_a_pipe_that_a_person_gives_is_read_to_its_end(tmp_path):
    """`check --config <(command)`, whose output comes when it comes."""
    os.mkfifo(tmp_path / "pipe")

    def write():
        with (tmp_path / "pipe").open("wb", buffering=0) as file:
            for _ in range(3):
                file.write(b"x" * 100)
                time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    assert bounded_file.read_given(tmp_path / "pipe", LIMIT) == b"x" * 300
    writer.join()


def test_a_pipe_to_which_nobody_writes_is_waited_for_so_long():
    """Not for ever, whether it has another end or not."""
    receiving, sending = os.pipe()
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="nothing came of it"):
        bounded_file.read_given(f"/dev/fd/{receiving}", LIMIT, wait=0.2)
    assert 0.1 < time.monotonic() - began < 5
    os.close(receiving)
    os.close(sending)


def test_a_device_without_end_is_read_up_to_the_limit():
    """`check --config /dev/zero`."""
    with pytest.raises(OSError, match="more than 1,000 bytes"):
        bounded_file.read_given("/dev/zero", LIMIT)


def test_a_file_that_is_no_text_is_told(tmp_path):
    """In UTF-8, whatever the machine's own encoding is."""
    (tmp_path / "file").write_bytes("é".encode())
    assert bounded_file.read_text(tmp_path / "file", LIMIT) == "é"
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        bounded_file.read_text(tmp_path / "file", LIMIT)
