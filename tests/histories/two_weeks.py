"""Two weeks of a fleet that delivers by pull request: cron, uploads, people, faults.

The command, Git over HTTP and its hooks are real; the forge is a stand-in. What people do
is done to the repository and the forge behind the command's back.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pygit2

from tests.kit.project import ProjectFolder
from tests.servers.forge import Fault, Forge, Pull
from tests.servers.origin import Origin

ENVIRONMENTS = {"dev": {"latest": 2}, "prod": {"latest": 1}}
MODELS = ("ranker", "tagger")
DONE, STORE, PUBLISH, GUARD = 0, 4, 5, 6

FIRST = 10
"""The first version of each model; older ones come later, and no rule asks for them."""

_REFUSING = "#!/bin/sh\necho 'this repository is archived' >&2\nexit 1\n"
_DELAYING = "#!/bin/sh\nsleep 0.2\n"


@dataclass(frozen=True, slots=True)
class Work:
    """A commit of a person on a pull request's branch."""

    branch: str
    commit: str


@dataclass
class Fortnight:
    """A fleet, what people did to it, and what must hold after each run."""

    project: ProjectFolder
    origin: Origin
    forge: Forge
    random: Random
    delivery: dict[str, object]
    diary: list[str] = field(default_factory=list)
    """What happened, for whoever reads of a failure."""
    works: list[Work] = field(default_factory=list)
    notes: int = 0
    """How many were written: one that is withdrawn and written again would be an empty commit."""
    declined: set[tuple[str, str]] = field(default_factory=set)
    """Branch, and the state of `generated/` that a person said no to."""
    versions: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, int] = field(default_factory=dict)

    @property
    def hook(self) -> Path:
        """What the repository runs before it takes a push."""
        return self.origin.path / "hooks/pre-receive"

    def begin(self) -> None:
        """Write the environments, and publish the first versions."""
        for name, versions in ENVIRONMENTS.items():
            self.policy(name, versions)
        for model in MODELS:
            self.upload(model)
            self.upload(model)
        self._set_hook(_DELAYING)

    def policy(self, environment: str, versions: dict[str, Any]) -> None:
        """Write an environment."""
        rules = [{"match": "*", "versions": versions}]
        self.project.environment(environment, policy=rules, delivery=self.delivery)

    # What happens of itself.

    def upload(self, model: str = "") -> None:
        """Publish the next version of a model."""
        name = model or self.random.choice(MODELS)
        self.versions[name] = self.versions.get(name, FIRST - 1) + 1
        self.project.publish(name, self.versions[name])

    def an_old_upload(self) -> None:
        """Somebody publishes an old version: nothing is proposed, whatever is open or closed."""
        if "taken-back" in self.sync():
            return  # until there are new candidates, and this would be one
        before = self._requests()
        name = self.random.choice(MODELS)
        self.oldest[name] = self.oldest.get(name, FIRST) - 1
        self.project.publish(name, self.oldest[name])
        self.sync()
        assert self._requests() == before, self.story

    def sync(self, *expected: int) -> str:
        """Run cron's command once, and return what it said.

        What was promised holds after it, whatever it ends with.
        """
        before = {pull.number: pull.sha for pull in self._open()}
        result = self.project.run("sync")
        self.diary.append(f"  exit {result.exit_code}: {result.output.strip()[-600:]}")
        allowed = {*(expected or (DONE,)), *([GUARD] if self._people_are_at_work() else [])}
        assert result.exit_code in allowed, self.story
        self.holds(before)
        return result.output

    def two_syncs_at_once(self) -> None:
        """Cron starts a run before the last one has ended."""
        before = {pull.number: pull.sha for pull in self._open()}
        runs = [self._start() for _ in range(2)]
        said = [(process.communicate(timeout=120)[0], process.returncode) for process in runs]
        allowed = {DONE, GUARD} if self._people_are_at_work() else {DONE}
        assert {code for _, code in said} <= allowed, f"{said}\n{self.story}"
        self.holds(before)

    def a_sync_is_killed(self) -> None:
        """The runner is gone in the middle of a run."""
        process = self._start()
        time.sleep(self.random.uniform(0.4, 1.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def the_forge_is_down(self) -> None:
        """It answers with errors, some of them after it has done what was asked."""
        with self._faults(Fault(502, late=self.random.random() < 0.5)):
            self.sync(DONE, PUBLISH)

    def the_token_is_expired(self) -> None:
        """Whoever renews it was on holiday."""
        body = '{"message": "Bad credentials"}'
        with self._faults(Fault(401, body)):
            self.sync(DONE, PUBLISH)

    def the_repository_is_archived(self) -> None:
        """It takes no push, and the forge takes no change."""
        self._set_hook(_REFUSING)
        with self._faults(
            *(Fault(403, '{"message": "Repository was archived"}', on=on) for on in ("PO", "P"))
        ):
            self.sync(DONE, PUBLISH)
        self._set_hook(_DELAYING)

    def the_store_is_away(self) -> None:
        """Nothing may change then."""
        away = self.project.store.rename(self.project.root / "away")
        tips = self.forge.tip("main"), [pull.sha for pull in self._open()]
        self.sync(STORE)
        assert tips == (self.forge.tip("main"), [pull.sha for pull in self._open()]), self.story
        away.rename(self.project.store)

    # What people do.

    def a_merge(self) -> None:
        """The branch is left behind, as forges do."""
        if pull := self._some(mergeable=True):
            self.forge.merge(pull.number)

    def a_squash(self) -> None:
        """One commit of a person in place of ours; the branch is deleted."""
        if pull := self._some(mergeable=True):
            self.forge.merge(pull.number, squash=True)
            self.origin.repo.references.delete(f"refs/heads/{pull.head}")

    def a_close(self) -> None:
        """Somebody says no."""
        if pull := self._some():
            self.declined.add((pull.head, self._generated(pull)))
            pull.state = "closed"

    def a_commit_on_the_branch(self) -> None:
        """A reviewer mends something."""
        if pull := self._some():
            self.notes += 1
            files = {f"notes/{self.notes}.txt": b"seen"}
            commit = self.origin.commit(files, "a fix of my own", pull.head)
            self.works.append(Work(pull.head, commit))

    def an_amended_commit(self) -> None:
        """A reviewer changes our commit, and keeps its message."""
        pull = self._fresh()
        if pull is None:
            return
        repo, person = self.origin.repo, pygit2.Signature("Reviewer", "r@example.com")
        tip = repo[self.forge.tip(pull.head) or ""].peel(pygit2.Commit)
        parents = [parent.id for parent in tip.parents]
        tree = tip.tree_id
        amended = repo.create_commit(None, tip.author, person, tip.message, tree, parents)
        repo.references.create(f"refs/heads/{pull.head}", amended, force=True)
        self.works.append(Work(pull.head, str(amended)))
        for model in MODELS:
            self.upload(model)
        self.sync(GUARD)

    def a_withdrawn_fix(self) -> None:
        """A reviewer takes an own commit off the branch again."""
        for work in self.works:
            if self.forge.tip(work.branch) == work.commit:
                commit = self.origin.repo[work.commit].peel(pygit2.Commit)
                if commit.message == "a fix of my own":
                    self.works.remove(work)
                    ref = f"refs/heads/{work.branch}"
                    self.origin.repo.references.create(ref, commit.parents[0].id, force=True)
                return

    def a_commit_on_main(self) -> None:
        """Other work goes on in the same repository."""
        self.origin.commit({f"docs/{self.random.random()}.md": b"x"}, "other work")

    def an_edited_base(self) -> None:
        """An operator makes the scaffold their own."""
        path = "tf-serving/base/deployment.yaml"
        if data := self.origin.files().get(path):
            self.origin.commit({path: data + b"# ours\n"}, "our own base")

    def a_revert(self) -> None:
        """`git revert` of the newest merge, if nothing came after it."""
        tip = self.origin.repo.revparse_single("main").peel(pygit2.Commit)
        if "models(" in tip.message or "Merge pull request" in tip.message:
            before, after = self.origin.files("main~1"), self.origin.files()
            gone: dict[str, bytes | None] = dict.fromkeys(after.keys() - before.keys())
            self.origin.commit({**before, **gone}, f'Revert "{tip.message}"')

    def a_pin(self) -> None:
        """A policy that is back to the first version, and some day to the newest ones."""
        environment = self.random.choice(list(ENVIRONMENTS))
        self.policy(environment, self.random.choice([{"pin": [FIRST]}, ENVIRONMENTS[environment]]))

    # What must hold.

    def holds(self, before: dict[int, str]) -> None:
        """Raise if a run broke a promise; *before* is what was open, with its commits."""
        self.forge.follow()
        for name in ENVIRONMENTS:
            pulls = [pull for pull in self._open() if pull.head == f"tfs-gitops/{name}"]
            assert len(pulls) <= 1, self.story
            for pull in pulls:
                is_new = before.get(pull.number) != pull.sha
                content = pull.head, self._generated(pull)
                assert not is_new or content not in self.declined, self.story
        for ref in self.origin.repo.branches.local:
            self._no_empty_commit(ref)
        for work in self.works:
            assert self._is_kept(work), f"{work}\n{self.story}"

    def _no_empty_commit(self, branch: str) -> None:
        repo = self.origin.repo
        for commit in repo.walk(repo.revparse_single(branch).id):
            if len(commit.parents) == 1:
                assert commit.tree_id != commit.parents[0].tree_id, f"{commit.id}\n{self.story}"

    def _is_kept(self, work: Work) -> bool:
        """Whether a person's commit is on a branch, or came in by a merge."""
        if any(self.forge.contains(name, work.commit) for name in self.origin.repo.branches.local):
            return True
        heads = [pull.sha for pull in self.forge.pulls if pull.state == "merged"]
        wanted = pygit2.Oid(hex=work.commit)
        return any(
            head == work.commit or self.origin.repo.descendant_of(pygit2.Oid(hex=head), wanted)
            for head in heads
        )

    def ends_well(self) -> None:
        """Let everybody finish: people merge what is open, and cron runs until all is quiet."""
        for name, versions in ENVIRONMENTS.items():
            self.policy(name, versions)
        for model in MODELS:
            self.upload(model)  # what was declined was not this
        for _ in range(8):
            self.sync()
            for pull in self._open():
                if self._merges(pull):
                    self.forge.merge(pull.number)
            self._clear_away()
            if not self._open() and self.is_quiet():
                return
        raise AssertionError(self.story)

    def is_quiet(self) -> bool:
        """Whether one more run finds nothing to do, and asks nothing of the forge."""
        self.forge.requests.clear()
        self.sync()
        return not self.forge.requests

    def _clear_away(self) -> None:
        """Whoever worked on a request that was closed deletes the branch."""
        for work in list(self.works):
            if self.forge.tip(work.branch) == work.commit and not self._open():
                self.works.remove(work)
                self.origin.repo.references.delete(f"refs/heads/{work.branch}")

    def served(self, environment: str) -> dict[str, list[int]]:
        """Return the versions by model, as Git has them."""
        path = f"tf-serving/overlays/{environment}/generated/models.lock.json"
        models = json.loads(self.origin.files()[path])["models"]
        return {
            name: [version["version"] for version in model["versions"]]
            for name, model in models.items()
        }

    @property
    def story(self) -> str:
        """All that happened."""
        return "\n".join(self.diary)

    def _open(self) -> list[Pull]:
        self.forge.follow()
        return [pull for pull in self.forge.pulls if pull.state == "open"]

    def _some(self, *, mergeable: bool = False) -> Pull | None:
        found = [pull for pull in self._open() if not mergeable or self._merges(pull)]
        return self.random.choice(found) if found else None

    def _fresh(self) -> Pull | None:
        """Return a request with our commit alone, for the newest versions, if there is a way."""
        self._clear_away()
        for pull in self._open():
            if self._is_at_work(pull.head) and self._merges(pull):
                self.forge.merge(pull.number)
        for name, versions in ENVIRONMENTS.items():
            self.policy(name, versions)
        for model in MODELS:
            self.upload(model)
        self.sync()
        return next((pull for pull in self._open() if not self._is_at_work(pull.head)), None)

    def _requests(self) -> list[tuple[str, str]]:
        """Return the state and the commit of each request."""
        self.forge.follow()
        return [(pull.state, pull.sha) for pull in self.forge.pulls]

    def _merges(self, pull: Pull) -> bool:
        """Whether there is no conflict."""
        base = pygit2.Oid(hex=self.forge.tip(pull.base) or "")
        return not self.origin.repo.merge_commits(base, pygit2.Oid(hex=pull.sha)).conflicts

    def _generated(self, pull: Pull) -> str:
        """Return what a request would have servers read, as text, without digests of inputs."""
        folder = f"tf-serving/overlays/{pull.head.removeprefix('tfs-gitops/')}/generated/"
        files = self.origin.files(pull.sha)
        found = {path: str(data) for path, data in files.items() if path.startswith(folder)}
        lock = json.loads(files[f"{folder}models.lock.json"])
        for holder in (*lock["models"].values(), *lock.get("removed", ())):
            del holder["inputs"]
        for model in lock["models"].values():
            for version in model["versions"]:
                del version["index"]
        return json.dumps(found | {f"{folder}models.lock.json": lock}, sort_keys=True)

    def _people_are_at_work(self) -> bool:
        return any(self._is_at_work(work.branch) for work in self.works)

    def _is_at_work(self, branch: str) -> bool:
        tip = self.forge.tip(branch)
        return any(work.commit == tip for work in self.works)

    def _start(self) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "generator", "-C", str(self.project.root), "sync"]
        out = subprocess.PIPE
        return subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, text=True)

    def _set_hook(self, script: str) -> None:
        self.hook.parent.mkdir(exist_ok=True)
        self.hook.write_text(script)
        self.hook.chmod(0o755)

    @contextmanager
    def _faults(self, *faults: Fault) -> Iterator[None]:
        """Answer with *faults* for some time, from the first request or from a later one."""
        ahead = self.random.randrange(4)
        self.forge.faults += [replace(fault, after=ahead) for fault in faults[:1]]
        self.forge.faults += faults * 12
        yield
        self.forge.faults.clear()
