"""Pods of `reload: rolling`: their template has what they read, and each change is a new one."""

import json
import re
import subprocess

import pytest
from msgspec.structs import replace

from generator.agent.pod.config_map import DesiredFolder
from generator.environment.serving import Batching, Rollout
from generator.errors import InvalidInputError
from generator.lock.notes import Removed
from generator.plan.pod_rollout import POD_BYTES
from generator.plan.settings import Effect
from generator.render import overlay, rolling
from generator.render.effects import effects
from generator.render.scaffold import scaffold_of
from generator.serving import config_reader
from generator.simulated_server.store import GOOD, Store, Upload
from tests.kit.kubernetes import validate
from tests.kit.manifests import (
    T,
    a_lock,
    an_environment,
    is_there,
    objects,
    one,
    rendered,
    served,
    volumes,
)
from tests.kit.pod_security import violations
from tests.servers.tensorflow_serving import model_server

ROOT = "overlays/prod/generated/"
ROLLING = {"reload": "rolling", "rollout": Rollout(soak=90, timeout=600)}
HOSTILE = served("m", 1, 2, base_path="a${HOME}/ü 𝄞$(X)", stable=1)


def environment(kind="claim", **serving):
    """Return an environment whose changes come in new pods."""
    return an_environment(kind, **(ROLLING | serving))


def generated(lock, kind="claim", **serving):
    """Return the generated files by name."""
    made = overlay.generated(environment(kind, **serving), lock, T)
    return {path.removeprefix(ROOT): data for path, data in made.items()}


def annotations(found):
    """Return those of the pods."""
    return one(found, "Deployment")["spec"]["template"]["metadata"]["annotations"]


def files(found, volume):
    """Return what a pod sees in one of its volumes, as the kubelet projects annotations."""
    (spec,) = (it for it in volumes(found) if it["name"] == volume)
    sources = spec.get("projected", {}).get("sources", [spec])
    items = [item for source in sources for item in source["downwardAPI"]["items"]]
    form = re.compile(r"metadata\.annotations\['(.+)'\]")
    names = {it["path"]: form.fullmatch(it["fieldRef"]["fieldPath"])[1] for it in items}
    return {path: annotations(found)[name] for path, name in names.items()}


@pytest.fixture(scope="module", params=["claim", "s3-pull"])
def built(request, tmp_path_factory):
    """Return the kind of an environment, and what Kustomize makes of it."""
    env = environment(request.param, batching=Batching(thread_pool_name="$x"))
    return request.param, objects(tmp_path_factory.mktemp("built"), rendered(env, (HOSTILE,)))


def test_a_pod_reads_nothing_that_a_later_commit_takes_away_or_changes(built, tmp_path):
    """Its files are its own annotations, with each character that they had, and none for Flux."""
    kind, found = built

    assert not [it for it in volumes(found) if "configMap" in json.dumps(it)]
    own = {name: it for name, it in annotations(found).items() if name.startswith("tfs-gitops/")}
    assert "$" not in "".join(own.values())
    config = files(found, "models-config")["models.config"]
    (entry,) = config_reader.read(config).models
    assert (entry.base_path, entry.versions) == (f"/models/{HOSTILE.base_path}", (1, 2))
    assert files(found, "start-config").keys() == {"batching.config"}
    if kind == "s3-pull":
        for name, text in files(found, "desired").items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        revision = DesiredFolder(tmp_path, pull=True).read().revision
        assert revision.lock.models == (replace(HOSTILE, inputs=""),)


def test_pods_of_before_find_their_config_maps_until_they_are_replaced(built):
    """A commit that switches takes nothing away that they would need to start anew."""
    kind, found = built

    names = {"tf-serving-models"} | ({"tf-serving-lock"} if kind == "s3-pull" else set())
    assert {it for it in ("tf-serving-models", "tf-serving-lock") if is_there(found, it)} == names


def test_kubernetes_replaces_one_pod_after_the_other(built):
    """One more meanwhile, each ready for the soak before the next, and an end to waiting.

    It takes all of it, under the strictest of its standards for pods.
    """
    validate(built[1])
    spec = one(built[1], "Deployment")["spec"]
    assert [*violations(spec["template"]["spec"])] == []

    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }
    assert (spec["minReadySeconds"], spec["progressDeadlineSeconds"]) == (90, 600)


def test_agents_of_new_pods_take_no_turns_and_wait_for_all_that_is_wanted():
    """Kubernetes' own rollout is the wave; an agent that knows no such pods must not start."""
    text = generated(a_lock(), "s3-pull")["deployment.yaml"].decode()

    assert "--reload=rolling" in text
    assert "AGENT_PEERS" not in text
    assert "agents.yaml" not in generated(a_lock(), "s3-pull")


def test_without_a_pace_kubernetes_has_its_own():
    """`rollout: false` says nothing of times, which base/ may."""
    text = generated(a_lock(), rollout=None)["deployment.yaml"].decode()

    assert "minReadySeconds" not in text
    assert "progressDeadlineSeconds" not in text
    assert "maxUnavailable: 0" in text


@pytest.mark.parametrize("kind", ["claim", "s3-pull"])
def test_what_pods_serve_rolls_them_and_what_only_a_sync_reads_does_not(kind):
    """A commit for a window, or one that remembers a revert, replaces no pod."""
    before = replace(a_lock(), settings={"delivery": {}})
    same = replace(
        before,
        own_generation=7,
        settings={"delivery": {"settle": "1m"}},
        taken_back=(("x", "y"),),
        models=tuple(replace(it, inputs="other") for it in before.models),
    )
    other = replace(before, models=before.models[1:], removed=(Removed("bert", "", 0),))
    old = generated(before, kind)

    def effect(lock):
        new = generated(lock, kind)
        beside = scaffold_of(environment(kind), T)
        unit = {f"../../../{path}": data for it in beside for path, data in beside[it].items()}
        read = [lambda name, of=of: (of | unit).get(name) for of in (old, new)]
        found = effects(*read, {*old, *new})
        return found, Effect.hardest(found.values())

    assert Effect.RESTART not in effect(same)[0].values()
    found, hardest = effect(other)
    assert hardest is Effect.RESTART
    assert found["models.config"] is Effect.RESTART


def test_what_no_pod_holds_is_refused_with_the_way_out():
    """Kubernetes takes 256 KiB of annotations."""
    path = "x" * 200
    many = tuple(served(f"m{it}", 1, base_path=f"{path}/m{it}") for it in range(900))
    with pytest.raises(InvalidInputError) as caught:
        generated(a_lock(many))

    assert "spec.serving.reload: pods would have 900 models, 900 versions in" in str(caught.value)
    assert f"there is room for {POD_BYTES:,}" in str(caught.value)
    assert "reload: hot" in (caught.value.hint or "")
    generated(a_lock(many[:500]))


STATES = {
    "all are loaded": ({1: GOOD, 2: GOOD}, 0),
    "one loads": ({1: Upload(slow=30), 2: GOOD}, 1),
    "one failed": ({1: Upload(fail=True), 2: GOOD}, 1),
}


@pytest.mark.parametrize(("uploads", "code"), STATES.values(), ids=STATES)
def test_a_pod_without_an_agent_has_started_when_each_version_is_loaded(uploads, code, tmp_path):
    """A server listens before that (F1): such a pod must not take the place of one that serves."""
    lock = a_lock((served("m", 1, 2, stable=1), served("other", 3)))
    config = generated(lock)["models.config"].decode()
    store = Store()
    for number, upload in uploads.items():
        store.put("/models/m", number, upload)
    store.put("/models/other", 3, GOOD)
    (tmp_path / "models.config").write_text(config, encoding="utf-8")

    with model_server(config, store) as server:
        server.tick(5)
        script = rolling.ALL_LOADED.replace("8501", server.url.rpartition(":")[2]).replace(
            "/config/models/models.config", str(tmp_path / "models.config")
        )
        done = subprocess.run(["bash", "-c", script], check=False, timeout=30)
        assert bool(done.returncode) == bool(code)
    gone = subprocess.run(["bash", "-c", script], check=False, timeout=30, capture_output=True)
    assert gone.returncode != 0
