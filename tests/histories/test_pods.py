"""Whatever happens to pods, each serves what Git says in the end, and lacks nothing meanwhile.

With real processes: the agent, and a simulated server that writes down each change of what it
answers for; with real files and real stores. `tests.histories.pods` has what may happen.
"""

import subprocess
import time

import pytest
from hypothesis import settings

from generator.lock.lock_file import load
from generator.lock.paths import LOCK
from generator.serving.state import ModelState
from tests.histories.pods import events, outcome, watching
from tests.histories.pods.drawing import drawn
from tests.histories.pods.events import (
    Change,
    Commit,
    KillAgent,
    KillServer,
    Look,
    LosePod,
    Mend,
    Outage,
    Pause,
    Revert,
    Start,
    UntilStep,
)
from tests.histories.pods.play import play, script
from tests.histories.pods.runners import RestartingPod
from tests.histories.pods.stores import BucketShelf
from tests.histories.pods.watching import Moment
from tests.kit import kubernetes
from tests.kit.project import ProjectFolder
from tests.servers.flaky import flaky

# A history takes 5 to 15 s: a night has half an hour of them on one core.
HISTORIES = 200 if settings.default.max_examples >= 10_000 else 2


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(HISTORIES))
def test_random_histories_end_with_what_git_says(tmp_path, seed):
    """Two pods, of which one lags; commits, kills, outages, changed objects, failed loads.

    What Git wants without a break is never missing while a server lives; no config is refused;
    what does not load is reported, and the last good version stays.
    """
    play(tmp_path, drawn(seed))


def serves(*versions, **labels):
    """Return the state of a model."""
    return ModelState(frozenset(versions), tuple(sorted(labels.items())))


def test_a_history_that_failed_can_be_played_again():
    """The message has it as Python: what it says is what was played."""
    names = {**vars(events), "ModelState": ModelState, "play": lambda _, history: history}
    for seed in range(50):
        assert eval(script(drawn(seed)), {**names, "root": None}) == drawn(seed)  # noqa: S307  ours


def test_a_history_on_a_real_bucket(tmp_path, s3):
    """The store fails while versions are fetched, an object changes, and everything is killed."""
    one, two, three = ({"a": serves(it, stable=it)} for it in (1, 2, 3))
    with flaky(s3.endpoint) as proxy:
        play(
            tmp_path,
            [
                *(Commit(one), Start(0), Pause(2), Look(0)),
                *(Outage(begins=True), Commit(two), Pause(0.3), KillAgent(0), Start(0)),
                *(Change("a", 3), Commit(three), Pause(0.3), Outage(begins=False), Pause(1)),
                *(Revert(1), UntilStep(0), KillServer(0), Start(0), Revert(1), Mend()),
                *(UntilStep(0), KillAgent(0), Start(0), Pause(1), LosePod(0)),
            ],
            BucketShelf(s3, proxy),
            pods=1,
        )
        assert any("/a/3/" in request for request in proxy.requests)


@pytest.fixture
def pod(tmp_path):
    """Return a pod in which nothing runs yet."""
    pod = RestartingPod(tmp_path / "pod")
    yield pod
    pod.stop()


def applied(origin, folder):
    """Return the files that the agent has mounted when what Kustomize makes of main is applied."""
    for path, data in origin.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    objects = kubernetes.build(folder / "tf-serving/overlays/dev")
    maps = {one["metadata"]["name"]: one["data"] for one in objects if one["kind"] == "ConfigMap"}
    [deployment] = [one for one in objects if one["kind"] == "Deployment"]
    volumes = {one["name"]: one for one in deployment["spec"]["template"]["spec"]["volumes"]}
    names = [one["configMap"]["name"] for one in volumes["desired"]["projected"]["sources"]]
    return {file: text for name in names for file, text in maps[name].items()}


def git(*words):
    """Run Git as a person."""
    subprocess.run(["git", *map(str, words)], check=True, capture_output=True)


def test_a_label_moves_a_version_goes_and_a_revert_each_in_one_commit(tmp_path, origin, s3, pod):
    """By a real sync and a real `git revert`: the pod follows, and its server refuses nothing.

    The version to which the revert goes back had left the server, and the disk of the pod.
    """
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    clone = tmp_path / "clone"
    pod.options = ("--endpoint", s3.endpoint)
    for number in (1, 2):
        folder = project.export("m", number)
    store = ("--store", s3.url, "--endpoint", s3.endpoint)
    assert project.run("index", folder, *store, "--upload").exit_code == 0

    def synced(versions, label):
        project.environment(
            policy=[{"match": "m", "versions": {"pin": versions}, "labels": {"stable": label}}],
            source={"url": s3.url, "endpoint": s3.endpoint, "access": "pull", "mount": None},
            serving={"agent": True},
        )
        result = project.run("sync", "dev")
        assert result.exit_code == 0, result.output

    def followed(commits, model):
        assert len(origin.log()) == commits
        files = applied(origin, tmp_path / f"applied-{commits}")
        models = load(files[LOCK], LOCK).models
        wanted = {one.name: serves(*one.numbers, **dict(one.labels)) for one in models}
        assert wanted == {"m": model}
        pod.mount(files, wanted)
        pod.start()

        def is_there():
            pod.keep()
            return not [*outcome.differences(pod, wanted, {"m"}, set())]

        pod.until(is_there, lambda: pod.log)
        pod.moments.append(Moment(time.monotonic(), "rest"))

    synced([1], 1)
    followed(2, serves(1, stable=1))
    synced([1, 2], 2)  # a label moves, to a version that the same commit adds
    followed(3, serves(1, 2, stable=2))
    synced([2], 2)  # a version is dropped
    followed(4, serves(2, stable=2))
    pod.until(lambda: not (pod.root / "models/m/1").exists())

    git("clone", "--quiet", origin.url, clone)
    git("-C", clone, "revert", "--no-edit", "HEAD")
    git("-C", clone, "push", "--quiet")
    followed(5, serves(1, 2, stable=2))
    git("-C", clone, "revert", "--no-edit", "HEAD~2")  # the one that moved the label
    git("-C", clone, "push", "--quiet")
    followed(6, serves(1, stable=1))
    pod.check()


def moment(at, what, *answers, **others):
    """Return a moment; an answer is `a`, `a version 1` or `a label stable`."""
    found = frozenset((it.partition(" ")[0], it.partition(" ")[2]) for it in answers)
    return Moment(at, what, found, **others)


ONE, TWO = ("a", "a version 1", "a label x"), ("a", "a version 2", "a label x")
BOTH = (*ONE, "a version 2")
MOUNTED = [
    *(moment(1, "leaves", *ONE), moment(2, "wanted", *ONE), moment(2.5, "file", *BOTH)),
    *(moment(3, "server", *ONE), moment(3.5, "ready")),
]


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ([moment(5, "server", "a", "a version 1")], ["5.00: a label x stopped answering"]),
        ([moment(4, "leaves", *TWO), moment(5, "server", *TWO)], []),
        ([moment(4, "leaves", *TWO), moment(5, "server")], ["a stopped", "a label x stopped"]),
        ([moment(4, "leaves", *BOTH), moment(5, "server", *TWO)], ["a version 1 stopped"]),
        ([moment(5, "server", began=True)], []),
        ([moment(5, "out")], ["5.00: the pod is out"]),
        ([moment(5, "server", began=True), moment(6, "out")], []),
        ([moment(5, "server", *ONE, began=True), moment(6, "server")], []),
        ([moment(5, "server", *ONE, verdict="label a/2")], ["refused a config: label a/2"]),
        ([moment(5, "server", *ONE, verdict="not-available b/1")], []),
        # On trial when everything ended: taken out of a file that the new server had read.
        (
            [
                *(moment(4, "file"), moment(5, "server", *ONE, began=True), moment(6, "ready")),
                *(moment(7, "server"), moment(8, "file", *ONE), moment(9, "server", *ONE)),
                moment(10, "server", "a"),
            ],
            ["10.00: a label x stopped", "10.00: a version 1 stopped"],
        ),
        ([moment(4, "file"), moment(5, "server")], ["a stopped", "a label x", "a version 1"]),
        # Taken out and back: it may go once, unless the pod was at rest since.
        ([moment(4, "leaves"), moment(5, "wanted", *ONE), moment(6, "server")], []),
        (
            [
                moment(4, "leaves"),
                moment(5, "wanted", *ONE),
                moment(6, "rest"),
                moment(7, "server"),
            ],
            ["a stopped", "a label x stopped", "a version 1 stopped"],
        ),
        (
            [
                *(moment(4, "leaves"), moment(5, "wanted", *ONE), moment(6, "server")),
                *(moment(7, "server", *ONE), moment(8, "server")),
            ],
            ["8.00: a stopped", "a label x stopped", "a version 1 stopped"],
        ),
    ],
)
def test_what_is_missing_in_between_is_told(later, told):
    """What each commit since it answered wants, by this process of the server; nothing else."""
    found = [*watching.problems([*MOUNTED, *later])]
    assert len(found) == len(told)
    for problem, part in zip(found, told, strict=True):
        assert part in problem
