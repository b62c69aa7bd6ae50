"""The real kubectl, and the pods that our overlays make: what the stand-in stands in for."""

import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.status.kube.kubectl import Kubectl, KubectlError
from generator.status.kube.pods import Pod, pods_of, selector
from tests.kit.manifests import an_environment, objects, one, rendered
from tests.servers.kubectl import Cluster
from tests.servers.kubernetes_api import kubernetes_api


@pytest.fixture
def api(tmp_path, monkeypatch):
    """Return what runs pods, once the real kubectl is first in PATH, and knows that API."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    cluster = Cluster(tmp_path)
    with kubernetes_api(cluster.pods, tmp_path) as config:
        monkeypatch.setenv("KUBECONFIG", str(config))
        yield cluster


def test_kubectl_lists_the_pods_that_the_labels_select(api):
    """Its words are taken as they are meant, and its answer is read."""
    api.run("one", 1, 2)
    api.run("two", 1, environment="prod")
    found = pods_of(Kubectl("test").get_pods("serving-dev", selector("dev")))

    assert found == (Pod("one", "", 8501, 9090),)


def test_kubectl_forwards_free_ports_and_ends_with_their_use(api):
    """Each port of the pod has its own of this machine."""
    api.run("one", 1, 2)
    api.run("waits", 1, phase="Pending")
    pods = [Pod("one", "", 8501, 9090), Pod("waits"), Pod("gone")]
    with Kubectl().forwarded("serving-dev", pods) as ports:
        assert isinstance(ports["one"], dict)
        assert ports["one"].keys() == {8501, 9090}
        assert len({*ports["one"].values()}) == 2
        told = "kubectl: unable to forward port because pod is not running. Current status=Pending"
        assert str(ports["waits"]) == told
        assert isinstance(ports["gone"], KubectlError)


def test_a_context_that_kubectl_does_not_know_is_told_in_its_words(api):
    """Nothing else was asked."""
    with pytest.raises(KubectlError, match='kubectl: context "nope" does not exist'):
        Kubectl("nope").get_pods("serving-dev", "a=b")


@pytest.mark.parametrize("agent", [True, False])
def test_the_pods_of_a_built_overlay_are_those_that_are_looked_for(tmp_path, agent):
    """The labels and the names of the ports are what Kustomize leaves of our templates."""
    plain = an_environment("s3-csi")
    serving = replace(plain.serving, agent=agent)
    environment = replace(plain, serving=serving)
    template = one(objects(tmp_path, rendered(environment)), "Deployment")["spec"]["template"]
    pod = template | {"status": {"phase": "Running"}}
    pod["metadata"] |= {"name": "tf-serving-1"}

    wanted = dict(item.split("=") for item in selector(environment.name).split(","))
    assert wanted.items() <= template["metadata"]["labels"].items()
    assert pods_of({"items": [pod]}) == (Pod("tf-serving-1", "", 8501, 9090 if agent else None),)
