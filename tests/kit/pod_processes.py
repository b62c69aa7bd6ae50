"""A pod on this machine: folders, a simulated server and a real agent, each a process."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from generator.agent.pod.mounted import CONFIG
from generator.catalog import index, proof
from generator.catalog.catalog import IndexRef, Version
from generator.catalog.claim import Blob
from generator.environment import parse
from generator.environment.arguments import arguments
from generator.environment.environment import Environment
from generator.lock.desired_parts import FIRST
from generator.lock.lock import Lock, ServedModel
from generator.lock.lock_file import dump, load
from generator.lock.models_config import models_config
from generator.lock.paths import LOCK
from generator.serving.paths import MODELS
from generator.simulated_server.flags import Flags
from generator.simulated_server.folder import BEHAVIOUR
from tests.kit import strategies
from tests.servers.ports import free_port

ROOT = Path(__file__).parents[2]
GOOD, BROKEN = "saved_model.pb", "half.pb"
PATIENCE = 60.0  # seconds for what takes two or three, on a machine that has much else to do
_LOOK = 0.05
_BOOLEANS = {"true", "false"}


def beside_agent(**keys: Any) -> Environment:
    """Return an environment whose servers have an agent that downloads; *keys* are of serving."""
    spec: dict[str, Any] = {
        "source": {"url": "s3://models", "access": "pull"},
        "delivery": {"repository": "https://git.example/fleet.git"},
        "serving": {"image": "tensorflow/serving:2.20.0", "agent": True} | keys,
        "policy": [{"match": "*", "versions": {"latest": 1}}],
    }
    return parse.parse({"metadata": {"name": "prod"}, "spec": spec}, "prod.yaml", (1,))


def rendered_flags(environment: Environment) -> list[str]:
    """Return the flags that a simulated server knows, of those that are rendered."""
    return known_flags(arguments(environment))


def known_flags(words: Sequence[str]) -> list[str]:
    """Return the flags that a simulated server knows, of the arguments of a real one."""
    given = dict(it.removeprefix("--").split("=", 1) for it in words)
    known = given.keys() & Flags.__dataclass_fields__.keys()
    return [
        f"{name}={int(given[name] == 'true') if given[name] in _BOOLEANS else given[name]}"
        for name in sorted(known)
    ]


def behaving(**words: str | float) -> dict[str, bytes]:
    """Return the file of a version that says how it behaves in a simulated server."""
    return {BEHAVIOUR: json.dumps(words).encode()}


class TooLateError(AssertionError):
    """Something did not come in time; the argument says what was there instead."""


@dataclass
class Pod:
    """A pod; `deliver` is what Flux does, `serve` and `watch` start its two containers."""

    root: Path
    port: int = field(default_factory=free_port)
    listen: int = field(default_factory=free_port)
    pull: bool = True
    program: Sequence[str] = ("-m", "generator")
    """What Python runs as the agent."""
    options: Sequence[str] = ()
    """Of the agent, beside those that each pod has."""
    generation: int = 0
    server: "subprocess.Popen[str] | None" = None
    agent: "subprocess.Popen[str] | None" = None

    def __post_init__(self) -> None:
        for name in ("desired", "served", "models", "store"):
            (self.root / name).mkdir(parents=True)

    @property
    def config(self) -> Path:
        """The file that the server polls."""
        return self.root / "served" / CONFIG

    @property
    def log(self) -> str:
        """What the agents have logged."""
        return (self.root / "agent.log").read_text()

    def publish(
        self,
        base_path: str,
        number: int,
        file: str = GOOD,
        slow: float = 0,
        extra: Mapping[str, bytes] = MappingProxyType({}),
    ) -> Version:
        """Upload a version with its index; return it as a lock names it.

        *extra* are other files, by name in the version directory.
        """
        folder = self.root / "store" / base_path / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(f"{base_path} {number}".encode())
        files = behaving(seconds=slow) if slow else {}
        for name, data in {**files, **extra}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        blobs, rows = [], []
        for path in sorted(it for it in folder.rglob("*") if it.is_file()):
            data = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            blob = Blob(
                f"{base_path}/{number}/{name}", f"sha256:{hashlib.sha256(data).hexdigest()}"
            )
            blobs.append(blob)
            rows.append((blob.key, blob.etag, len(data)))
        key = f"index-{base_path.replace('/', '-')}-{number}.csv"
        (self.root / "store" / key).write_bytes(index.write(base_path, blobs))
        return Version(
            base_path,
            str(number),
            IndexRef(key, "1"),
            proof.digest(rows),
            len(rows),
            sum(row[2] for row in rows),
            published=strategies.MOMENT,
            warmup=False,
        )

    def lock(self, *models: ServedModel) -> Lock:
        """Return the lock of a commit."""
        self.generation += 1
        named = tuple(sorted(models, key=lambda model: model.name))
        return Lock("prod", (self.root / "store").as_uri(), named, own_generation=self.generation)

    def deliver(self, *models: ServedModel) -> None:
        """Swap the desired folder to a commit with *models*, as the kubelet does."""
        lock = self.lock(*models)
        self.swap({CONFIG: models_config(lock.models, MODELS), LOCK: dump(lock)})

    def swap(self, files: dict[str, str]) -> None:
        """Let the mounted ConfigMap have these files."""
        self.generation += 1
        desired = self.root / "desired"
        folder = desired / f"..rev{self.generation}"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
            with contextlib.suppress(FileExistsError):
                (desired / name).symlink_to(f"..data/{name}")
        (desired / "..data_tmp").symlink_to(folder.name)
        (desired / "..data_tmp").rename(desired / "..data")

    def watch(self, interval: str = "0.3s") -> None:
        """Start the agent."""
        words = [sys.executable, *self.program, "--log-format", "json", "agent", *self.options]
        words += ["--desired", "desired", "--served", "served", "--interval", interval]
        words += ["--server", f"http://127.0.0.1:{self.port}"]
        words += ["--listen", f"127.0.0.1:{self.listen}"]
        words += ["--models", "models"] if self.pull else []
        environment = _unmeasured() | {"PYTHONPATH": str(ROOT)}
        with (self.root / "agent.log").open("a") as log:
            self.agent = subprocess.Popen(
                words, cwd=self.root, stderr=log, text=True, env=environment
            )

    def serve(self, models: str = "models", speed: float = 1, flags: Sequence[str] = ()) -> None:
        """Start the server as soon as there is a config, and wait until it listens.

        Its time passes *speed* times as fast as ours; *flags* are `name=value`.
        """
        self.until(self.config.exists, lambda: self.log)
        words = [sys.executable, "-m", "tests.servers.tensorflow_serving"]
        words += ["--config", str(self.config), "--models", str(self.root / models)]
        words += ["--port", str(self.port), "--speed", str(speed), *flags]
        self.server = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_unmeasured()
        )
        assert self.server.stdout
        self.server.stdout.readline()

    def kill(self, process: "subprocess.Popen[str] | None", how: int = signal.SIGKILL) -> int:
        """End a process that `watch` or `serve` started; return its exit code."""
        if process is None:
            return 0
        process.send_signal(how)
        code = process.wait(30)
        if process.stdout:
            process.stdout.close()
        return code

    def stop(self) -> None:
        """End all that runs."""
        for process in (self.agent, self.server):
            if process is not None and process.poll() is None:
                self.kill(process)
            if process is not None and process.stdout:
                process.stdout.close()

    def get(self, path: str) -> tuple[int, str]:
        """Ask the agent; 0 if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.listen}{path}", timeout=5) as it:
                return it.status, it.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def status(self) -> dict[str, Any]:
        """Return /status; nothing while the agent does not answer."""
        code, text = self.get("/status")
        return json.loads(text) if code else {}

    def answers(self, model: str) -> dict[int, str]:
        """Return the state of each version that the server reports."""
        try:
            url = f"http://127.0.0.1:{self.port}/v1/models/{model}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                found = json.load(answer)["model_version_status"]
        except OSError:
            return {}
        return {int(one["version"]): one["state"] for one in found}

    def label(self, model: str, label: str) -> int | None:
        """Return the version that a label answers from."""
        url = f"http://127.0.0.1:{self.port}/v1/models/{model}/labels/{label}/metadata"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(json.load(answer)["model_spec"]["version"])
        except OSError:
            return None

    def loaded(self, model: str) -> set[int]:
        """Return the versions that answer."""
        return {number for number, state in self.answers(model).items() if state == "AVAILABLE"}

    def in_sync(self) -> None:
        """Wait until the server serves what was delivered last."""
        wanted = self.generation_wanted()
        self.until(
            lambda: (it := self.status()).get("generation") == wanted and it["inSync"],
            lambda: json.dumps(self.status(), indent=1) + self.log,
        )

    def generation_wanted(self) -> int:
        """Return the generation of the lock that is mounted."""
        mounted = self.root / "desired" / "..data"
        name = FIRST if (mounted / FIRST).exists() else LOCK
        return load((mounted / name).read_text(), name).generation

    def until(
        self, condition: Callable[[], object], told: Callable[[], object] | None = None
    ) -> None:
        """Wait for *condition*.

        Raises:
            TooLateError: It does not hold in time.
        """
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TooLateError(told() if told else self.status())
            time.sleep(_LOOK)


def _unmeasured() -> dict[str, str]:
    """Return the environment without coverage: who is killed in the end tells none."""
    return {name: it for name, it in os.environ.items() if name != "COVERAGE_PROCESS_CONFIG"}
