"""The version of an issue: what is odd in an answer is no version, and never a traceback."""

import socket
import threading
from contextlib import suppress

import pytest

from generator.delivery import issue_version
from generator.delivery.issue import IssueVersion
from generator.errors import PublishError

ODD = [
    b"",
    b"nonsense\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nETag: x\r\n\r\n{",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
]


@pytest.mark.parametrize("answer", ODD)
def test_an_odd_answer_makes_a_whole_run(tmp_path, monkeypatch, answer):
    """It tells nothing of the issue; a token goes nowhere else."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/issues/1"
        serving = threading.Thread(target=_serve, args=(server, answer, 2))
        serving.start()

        assert issue_version.read(tmp_path, url, "text") is None
        with suppress(PublishError):
            assert not issue_version.is_unchanged(tmp_path, IssueVersion(url, "x"))
        serving.join()


def test_without_a_token_nobody_is_asked(tmp_path, monkeypatch):
    """The receipt does not hold then."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "secret")

    with pytest.raises(PublishError):
        issue_version.is_unchanged(tmp_path, IssueVersion("https://elsewhere.example/1", "x"))


def _serve(server, answer, times):
    for _ in range(times):
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)
