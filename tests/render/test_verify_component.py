"""The component `verify`: a Job for each commit, which asks the agents whether it is served."""

from typing import Any

import pytest
from msgspec.structs import replace

from generator.environment.serving import Verify
from generator.render import overlay
from generator.render.effects import effects
from generator.render.scaffold import scaffold_of
from generator.serving.agent_state import PORT
from tests.kit.environments import environment, refused
from tests.kit.kubernetes import validate
from tests.kit.manifests import MODELS, a_lock, an_environment, objects, one, rendered
from tests.kit.overlays import T
from tests.kit.pod_security import violations

VERIFIED = an_environment("s3-pull", verify=Verify(900))
GENERATED = "overlays/prod/generated/"


def job_of(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the Job."""
    return one(found, "Job")


def test_the_job_asks_the_agents_for_the_commit_and_may_do_nothing_else(tmp_path):
    """Valid where agents run, restricted, without a token, and with a network of its own."""
    found = objects(tmp_path, rendered(VERIFIED))
    job = job_of(found)
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]

    validate(found)
    validate(found, version="1.29")
    assert [*violations(pod)] == []
    assert pod["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod
    agents = f"tf-serving-agents:{PORT}"
    expected = ["--desired=/config/desired", f"--agents={agents}", "--pods=2", "--timeout=900s"]
    assert container["args"] == ["verify", *expected]
    assert job["spec"]["activeDeadlineSeconds"] > 900
    [sidecar] = one(found, "Deployment")["spec"]["template"]["spec"]["initContainers"]
    assert container["image"] == sidecar["image"]  # named once, by components/agent
    [allowed] = [
        it["spec"]
        for it in found
        if (it["kind"], it["metadata"]["name"]) == ("NetworkPolicy", "tf-serving-verify")
    ]
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert allowed["podSelector"]["matchLabels"].items() <= labels.items()
    assert "ingress" not in allowed
    assert [rule for rule in allowed["egress"] if "to" not in rule] == [
        {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    ]
    served = one(found, "Deployment")["spec"]["selector"]["matchLabels"]
    assert not served.items() <= labels.items()  # no Service sends it requests


def test_each_commit_has_a_job_of_its_own_and_pods_stay(tmp_path):
    """A hash tells them apart: a line in Git would be in the way of every revert."""
    one_model, both = rendered(VERIFIED, MODELS[:1]), rendered(VERIFIED, MODELS)
    before, after = objects(tmp_path / "a", one_model), objects(tmp_path / "b", both)

    def volume(found: list[dict[str, Any]]) -> str:
        [desired] = job_of(found)["spec"]["template"]["spec"]["volumes"]
        name: str = desired["configMap"]["name"]
        [data] = [it["data"] for it in found if it["metadata"]["name"] == name]
        assert [*data] == ["models.lock.json"]
        return name

    assert volume(before) != volume(after)
    assert one(before, "Deployment") == one(after, "Deployment")
    assert one_model[f"{GENERATED}verify.yaml"] == both[f"{GENERATED}verify.yaml"]
    assert one_model[f"{GENERATED}kustomization.yaml"] == both[f"{GENERATED}kustomization.yaml"]


def test_argo_cd_runs_it_after_each_sync_and_flux_replaces_it(tmp_path):
    """No Job is left to expire: Flux would make it anew."""
    job = job_of(objects(tmp_path, rendered(VERIFIED)))
    assert job["metadata"]["annotations"] == {
        "argocd.argoproj.io/hook": "PostSync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
        "kustomize.toolkit.fluxcd.io/force": "enabled",
    }
    assert "ttlSecondsAfterFinished" not in job["spec"]


@pytest.mark.parametrize("rollout", [VERIFIED.serving.rollout, None])
def test_it_finds_the_agents_also_where_they_make_no_waves(tmp_path, rollout):
    """The name of all agents is there for either."""
    serving = replace(VERIFIED.serving, rollout=rollout)
    found = objects(tmp_path, rendered(replace(VERIFIED, serving=serving)))
    services = {it["metadata"]["name"] for it in found if it["kind"] == "Service"}
    assert "tf-serving-agents" in services


def test_it_rolls_no_pod():
    """Neither when it comes, nor when it goes, nor with a commit."""
    plain = replace(VERIFIED, serving=replace(VERIFIED.serving, verify=None))
    beside = {path: data for it in scaffold_of(VERIFIED, T).values() for path, data in it.items()}

    def reader(environment):
        files = overlay.generated(environment, a_lock(), T) | beside
        return lambda name: files.get(
            name.removeprefix("../../../") if "/" in name else GENERATED + name
        )

    names = {"kustomization.yaml", "verify.yaml", "agents.yaml"}
    for before, after in ((plain, VERIFIED), (VERIFIED, plain)):
        found = effects(reader(before), reader(after), names)
        assert set(map(str, found.values())) == {"none"}


@pytest.mark.parametrize(
    ("serving", "path", "words"),
    [
        ({"agent": False, "verify": {}}, "verify", "it asks agents, and there are none"),
        (
            {"agent": True, "verify": {"timeout": "2m"}},
            "verify.timeout",
            "2m is not longer than rollout.soak (2m)",
        ),
    ],
)
def test_a_job_that_could_never_end_well_is_refused(serving, path, words):
    """Nobody could be asked, or no wave would be over."""
    refused(environment(serving=serving), f"spec.serving.{path}", words)
