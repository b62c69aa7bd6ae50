"""Fixtures: a clean environment, a bucket, a Git origin, golden directories."""

import dataclasses
import difflib
import gc
import itertools
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pygit2
import pytest
from pygit2.enums import ConfigLevel

from generator.network import waits
from tests.servers.git_http import GitServer, git_http
from tests.servers.origin import Origin
from tests.servers.seaweed import S3Server, seaweed

GOLDEN = Path(__file__).parent / "golden"

# What a developer's shell or a CI runner sets, and the code under test might read.
SCRUBBED_PREFIXES = ("AWS_", "CI_", "GH_", "GIT_", "GITHUB_", "GITLAB_", "GOOGLE_", "XDG_")
SCRUBBED = {
    *("CI", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "REQUESTS_CA_BUNDLE", "SSH_ASKPASS"),
    *("SSL_CERT_DIR", "SSL_CERT_FILE", "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
}

# A shell that runs this in the background has Ctrl-C ignored, by all that is started here too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Of no property is it said that it is slow: on a busy machine each of them may be.
unhurried = hypothesis.settings(
    deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# `make test` looks at few examples, the same in each run, so that a red run is the change's.
hypothesis.settings.register_profile("quick", unhurried, derandomize=True, max_examples=20)
hypothesis.settings.register_profile("default", unhurried)
hypothesis.settings.register_profile(
    "ci", unhurried, derandomize=True, max_examples=50, print_blob=True
)
hypothesis.settings.register_profile("nightly", unhurried, max_examples=1_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options to those of pytest."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


def pytest_collection() -> None:
    """Look for no garbage while thousands of tests are collected: nearly all of it stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look no more at what thousands of tests consist of, whenever garbage is collected."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)  # Hypothesis has marked its own by then
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ask properties for no coverage, which makes them three times slower.

    What only chance comes to is tried by no test that says so.
    """
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")


@pytest.hookimpl(optionalhook=True)  # also without xdist
def pytest_xdist_auto_num_workers() -> int:
    """Return half as many workers again as there are cores: some tests wait for real servers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(2, (cores or 1) * 3 // 2)


@pytest.fixture(scope="session")
def quick_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a `kubectl` that builds whatever it is given.

    A sync tries its overlay with kubectl, which takes longer than all the rest of the sync. The
    tests of the builds put the real program before this one (`tests.kit.kubernetes` has it), and
    slow tests have it anyway.
    """
    folder = tmp_path_factory.mktemp("tools")
    (folder / "kubectl").write_text("#!/bin/sh\n")
    (folder / "kubectl").chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that makes an empty folder, whose name begins as it is told.

    That of pytest looks through all folders for the next number: with thousands of tests, that
    takes longer than most of them.
    """
    numbers = itertools.count()

    def make(name: str) -> Path:
        folder = tmp_path_factory.getbasetemp() / f"{name}{next(numbers)}"
        folder.mkdir(mode=0o700)
        return folder

    return make


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, new_folder: Callable[[str], Path]) -> Path:
    """Return an empty folder that is named after the test, as that of pytest is."""
    return new_folder(re.sub(r"\W", "_", request.node.name)[:30])


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    new_folder: Callable[[str], Path],
    quick_tools: Path,
) -> None:
    """Keep the person's settings and credentials from the test, and the test from them."""
    waits.forget()
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setenv("PATH", str(quick_tools), prepend=os.pathsep)
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # nor of its processes
    for name in list(os.environ):
        if name.upper() in SCRUBBED or name.startswith(SCRUBBED_PREFIXES):
            monkeypatch.delenv(name)

    home = new_folder("home-")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.com")

    # libgit2 has read HOME once, when it was imported.
    for level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
        pygit2.settings.search_path[level] = str(home)


@dataclasses.dataclass(frozen=True, slots=True)
class S3Bucket:
    """An empty bucket of a real S3 server; the environment holds its credentials."""

    url: str
    endpoint: str
    env: dict[str, str]
    client: Any

    @property
    def name(self) -> str:
        """The bucket of the URL."""
        return self.url.removeprefix("s3://")

    def put(self, key: str, data: bytes) -> str:
        """Store an object and return its ETag, without quotes."""
        etag: str = self.client.put_object(Bucket=self.name, Key=key, Body=data)["ETag"]
        return etag.strip('"')

    def delete(self, key: str) -> None:
        """Delete an object, or do nothing where there is none."""
        self.client.delete_object(Bucket=self.name, Key=key)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run one S3 server for all tests of this worker."""
    with seaweed(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture(scope="session")
def s3_client(s3_server: S3Server) -> Any:
    """Return a boto3 client for it: making one takes longer than most tests."""
    return s3_server.client()


@pytest.fixture
def s3(s3_server: S3Server, s3_client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Bucket]:
    """Return an empty bucket, and set the environment that gives access to it."""
    env = {
        "AWS_ACCESS_KEY_ID": s3_server.access_key,
        "AWS_SECRET_ACCESS_KEY": s3_server.secret_key,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1",
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    bucket = S3Bucket(f"s3://test-{uuid4().hex}", s3_server.endpoint, env, s3_client)
    s3_client.create_bucket(Bucket=bucket.name)
    yield bucket
    s3_client.delete_bucket(Bucket=bucket.name)  # SeaweedFS deletes what is in it


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    """Return a repository with one empty commit on main."""
    return Origin.create(tmp_path / "origin.git")


@pytest.fixture
def git_server(origin: Origin) -> Iterator[GitServer]:
    """Serve the origin over HTTP; the URL is that of the repository."""
    with git_http(origin.path.parent) as server:
        yield dataclasses.replace(server, url=f"{server.url}/{origin.path.name}")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Mapping[str, bytes]], None]:
    """Compare rendered files with the directory of the same name below tests/golden."""

    def check(name: str, files: Mapping[str, bytes]) -> None:
        root = GOLDEN / name
        if request.config.getoption("--update-golden"):
            _rewrite(root, files)
        found = {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(root)}
        if files != found:
            hint = "if this is intended: pytest --update-golden, then read git diff"
            pytest.fail(
                f"tests/golden/{name} differs; {hint}\n{_diff(found, files)}", pytrace=False
            )

    return check


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def _rewrite(root: Path, files: Mapping[str, bytes]) -> None:
    for path in _files(root):
        if path.relative_to(root).as_posix() not in files:
            path.unlink()
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def _diff(found: Mapping[str, bytes], files: Mapping[str, bytes]) -> str:
    lines: list[str] = []
    for path in sorted(found.keys() | files.keys()):
        old, new = (_lines(side[path]) if path in side else [] for side in (found, files))
        if path not in found:
            lines.append(f"new file: {path}")
        if path not in files:
            lines.append(f"no longer rendered: {path}")
        lines += difflib.unified_diff(old, new, f"golden/{path}", f"rendered/{path}", lineterm="")
    return "\n".join(lines)


def _lines(data: bytes) -> list[str]:
    # Not splitlines(): a missing last newline and a carriage return must show.
    return data.decode(errors="backslashreplace").replace("\r", "\\r").split("\n")
