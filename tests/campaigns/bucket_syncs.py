"""A sync from a real bucket behind a proxy, which a campaign lets fail or lie."""

import gc
import json
import shutil
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pygit2

from generator.catalog.location import StoreAddress
from generator.catalog.ports import Store
from generator.catalog.store import Limits, open_store
from generator.cli.project import Project
from generator.delivery.publish import publisher_of
from generator.errors import GeneratorError
from generator.network import waits
from generator.pipeline import pipeline
from tests.campaigns.campaign import Trial
from tests.campaigns.surroundings import SURROUNDINGS, environment, surrounded
from tests.kit import versions
from tests.kit.delivered import LOCK
from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import constant
from tests.servers.flaky import Proxy, flaky
from tests.servers.origin import Origin
from tests.servers.seaweed import seaweed

BUCKET = "models"
HASTY = Limits(timeout=1, connect_timeout=2, retries=1, retry_timeout=1.5)
"""The limits of a run that meets a fault: it is to end, well or not, and soon."""
PATIENT = Limits(timeout=20, connect_timeout=10)
Models = Mapping[str, Any]
"""What a lock says of each model."""


class HastyProject(Project):
    """A project whose store is given up as *limits* say."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        super().__init__(folder, verbose=False, log_format="text")
        self._limits = limits

    def store(self, address: StoreAddress) -> Store:
        """Open the store with other limits."""
        return open_store(address, self._limits)


@dataclass
class BucketSyncs:
    """A project that has something to deliver from a bucket; the state before it is kept."""

    project: ProjectFolder
    origin: Origin
    proxy: Proxy
    upstream: str
    before: Models = field(default_factory=dict)
    expected: Models = field(default_factory=dict)

    def lay(self) -> None:
        """Let the repository be as before, and nothing be remembered of the store."""
        shutil.rmtree(self.origin.path)
        shutil.copytree(self.kept, self.origin.path)
        self.origin = Origin(self.origin.path, pygit2.Repository(self.origin.path))
        self.forget()

    def forget(self) -> None:
        """Let nothing be remembered of the store."""
        cache = self.project.root.parent / SURROUNDINGS / "home/.cache"
        shutil.rmtree(cache, ignore_errors=True)

    def sync(self, limits: Limits = PATIENT) -> str:
        """Sync, as the command does; return `done`, `exit N`, or a traceback."""
        project = HastyProject(self.project.root, limits)
        waits.forget()  # each run is a process of its own, where the program is used
        try:
            run = project.run("dev")
            publisher = publisher_of(run.environment, project.templates, project.forge)
            again = partial(project.run, "dev")
            outcome = pipeline.sync(run, again, publisher, project.templates, project.options())
        except GeneratorError as error:
            return f"exit {error.exit_code}"
        except Exception:  # noqa: BLE001  whatever it is, it is counted
            return traceback.format_exc()
        finally:
            gc.collect()  # connections, before their server is gone
        return f"exit {outcome.plan.refused.exit_code}" if outcome.plan.refused else "done"

    def models(self) -> Models:
        """Return what Git says is served, but for dates, and ETags of indexes: those are believed.

        An index whose ETag is another one the next time is read again, and says the same.
        """
        found: Models = json.loads(self.origin.files()[LOCK])["models"]
        for version in (it for model in found.values() for it in model["versions"]):
            version.pop("published")
            version["index"].pop("etag")
        return found

    def problems(self) -> Iterator[str]:
        """Yield the models that are neither as before nor as they are to be."""
        found = self.models()
        for name in sorted({*found, *self.before, *self.expected}):
            model = found.get(name)
            if model not in (self.before.get(name), self.expected.get(name)):
                yield f"{name}: {self.before.get(name)} became {model}"

    @property
    def kept(self) -> Path:
        """The repository as it was."""
        return self.project.root.parent / "before.git"

    def meet(self, trial: Trial, what: str, when: str) -> None:
        """Sync in haste, count it as *what*, and see that nothing is lost."""
        self.lay()
        outcome = self.sync(HASTY)
        trial.tally.said(outcome, when)
        trial.tally.counts[what] += 1
        trial.tally.counts["syncs ended by them"] += outcome != "done"
        trial.tally.losses += [f"{when}: {problem}" for problem in self.problems()]
        if outcome not in ("done", "exit 4") and "Traceback" not in outcome:
            trial.tally.losses.append(f"{when}: {outcome}")
        if outcome != "done" and self.models() != self.before:
            trial.tally.losses.append(f"{when}: {outcome}, and something has changed")

    def mend(self, trial: Trial, when: str) -> None:
        """Sync from a store that works again, with what the last run left: all is there then."""
        outcome = self.sync()
        trial.tally.said(outcome, f"{when}, and again")
        if self.models() != self.expected:
            trial.tally.losses.append(f"{when}: the next run ends with {outcome}, and not all")


@contextmanager
def bucket_syncs(root: Path) -> Iterator[BucketSyncs]:
    """Run a real S3 server with a proxy before it; serve models, publish more, withdraw one."""
    variables = environment(root / SURROUNDINGS)
    with seaweed(root / "s3") as server, flaky(server.endpoint) as proxy:
        variables |= {
            "AWS_ACCESS_KEY_ID": server.access_key,
            "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "AWS_REGION": "us-east-1",
        }
        client = server.client()

        def put(key: str, data: bytes) -> str:
            etag: str = client.put_object(Bucket=BUCKET, Key=key, Body=data)["ETag"]
            return etag.strip('"')

        origin = Origin.create(root / "fleet.git")
        project = ProjectFolder.create(root / "project", str(origin.path))
        project.environment(source={"url": f"s3://{BUCKET}", "endpoint": proxy.url})
        made = BucketSyncs(project, origin, proxy, server.endpoint)
        with surrounded(variables):
            for path in ("a/1", "b/1", "c/1", "d/1"):
                versions.publish(put, path, _files(path))
            assert made.sync() == "done"
            made.before = made.models()
            shutil.copytree(origin.path, made.kept)
            for path in ("a/2", "b/2", "e/1"):
                versions.publish(put, path, _files(path))
            client.delete_object(Bucket=BUCKET, Key="index-d-1.csv")
            assert made.sync() == "done"
            made.expected = made.models()
            assert set(made.before) ^ set(made.expected) == {"d", "e"}
            yield made
            gc.collect()


def _files(path: str) -> Mapping[str, bytes]:
    return {"saved_model.pb": constant(path), "assets/words.txt": path.encode() * 500}
