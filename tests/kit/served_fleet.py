"""A project whose models a server loads, to be compared with Git."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from generator.cli.project import Project
from generator.simulated_server.rest import ModelServer
from generator.simulated_server.store import Store, Upload
from generator.status import watch
from generator.status.pods import Pods
from generator.status.status import Status
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema
from tests.servers.tensorflow_serving import model_server

CONFIG = "tf-serving/overlays/dev/generated/models.config"


class Fleet:
    """A project whose models a server loads from a store that the test fills."""

    def __init__(self, project: ProjectFolder, origin) -> None:
        self.project = project
        self.origin = origin
        self.store = Store()

    def deliver(self, *numbers: int, settle: str = "10m", **rule: object) -> str:
        """Let Git say that `a` is served in these versions; return its models.config."""
        for number in numbers:
            self.store.put(
                "/models/a", number, self.store.upload(f"/models/a/{number}") or Upload()
            )
            if not (self.project.root / "export/a" / str(number)).exists():
                self.project.publish("a", number)
        self.settle("0s", versions={"pin": [*numbers]}, **rule)
        while self.project.run("plan", "dev", "--exit-code").exit_code:
            assert self.project.run("sync", "dev").exit_code == 0
        self.settle(settle, versions={"pin": [*numbers]}, **rule)
        return self.config

    def settle(self, settle: str, **rule: object) -> None:
        """Write the environment."""
        delivery = {"settle": settle, "limits": {"removals": 5}}
        self.project.environment(delivery=delivery, policy=[{"match": "a", **rule}])

    @property
    def config(self) -> str:
        """The text of models.config as Git has it."""
        return self.origin.files()[CONFIG].decode()

    @contextmanager
    def serving(self, config: str | None = None, **options) -> Iterator[ModelServer]:
        """Run a server that started from *config*, or from what Git says now."""
        with model_server(config or self.config, self.store, **options) as running:
            running.tick(5)
            yield running

    def status(self, *servers: ModelServer | str, code: int = 10, words: tuple = ()):
        """Return the JSON of a status, which keeps its schema, and its exit code is *code*."""
        urls = [one if isinstance(one, str) else one.url for one in servers]
        options = [word for url in urls for word in ("--server", url)]
        result = self.project.run("status", "dev", *options, *words, "--format", "json")
        assert result.exit_code == code, result.output
        found = json.loads(result.stdout)
        schema("status").validate(found)
        assert found["agrees"] == (code == 0)
        return found

    def watch(self, running: ModelServer) -> Status:
        """Return what `--wait 60s` ends in, with pauses of no length to speak of."""
        project = Project(self.project.root, verbose=False, log_format="text")
        environment = project.environment("dev")
        pods = Pods((running.url,))
        branch = project.branch(environment)
        return watch.watch(environment, branch, lambda: nullcontext(pods), None, 60, pauses=(0.01,))

    def text(self, running: ModelServer, *words: str) -> str:
        """Return what the terminal shows."""
        return self.project.run("status", "dev", "--server", running.url, *words).stdout


def only(found):
    """Return the one model of the one server."""
    [one] = found["servers"]
    [model] = one["models"]
    return model
