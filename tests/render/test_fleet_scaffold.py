"""`generator.render.fleet_scaffold`: environments, Flux and Argo CD objects, owners."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.catalog.location import StoreAddress
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment, Source
from generator.environment.serving import ServerSpec
from generator.render import fleet_scaffold
from generator.render.fleet_scaffold import Choices
from tests.kit.fleets import SCHEMAS, URL, T, init, objects, of_kind, policy, run


@pytest.fixture
def fleet(tmp_path):
    """Return a folder that does not exist yet."""
    return tmp_path / "fleet"


def test_what_init_writes_is_its_golden_folder(golden):
    """Every written byte is looked at by a person in review."""
    choices = Choices(
        store=StoreAddress("s3://models", region="eu-west-1"),
        delivery=Delivery(URL, path="tf-serving"),
        local_store="file:///fleet/store",
        owners={"prod": ("@acme/ml-leads", "lead@example.com")},
        workflows="1.2.3",
    )
    golden("init", written(choices))


def written(choices: Choices) -> dict[str, bytes]:
    """What is written for *choices* in an empty folder; the pure half of the command."""
    environments = [
        Environment(
            name=name,
            file=f"environments/{name}.yaml",
            source=Source(choices.store.url),
            delivery=choices.delivery,
            serving=ServerSpec(namespace=f"{choices.namespace}-{name}"),
            policy=(),
        )
        for name in choices.names
    ]
    return {
        **fleet_scaffold.environment_files(choices, T),
        **fleet_scaffold.fleet_files(environments, choices, T),
    }


@pytest.mark.parametrize(
    ("store", "access"),
    [("s3://models/team", "mount"), ("gs://models", None), ("file:///srv/models", "mount")],
)
def test_every_kind_of_store_makes_a_valid_environment(fleet, store, access):
    """With the access that stock images have; the person's folder is not made."""
    init(fleet, "--store", store, "--repository", URL)

    assert policy(fleet, "dev")["source"].get("access") == access
    assert run("-C", fleet, "check").exit_code == 0
    assert not (fleet / "store").exists()
    assert not (fleet / "fleet.git").exists()
    assert not (fleet / ".gitignore").exists()


def test_the_flags_are_what_the_first_environment_says(fleet):
    """The others extend it, and take versions from the one before them."""
    init(
        fleet,
        *("--store", "s3://models", "--endpoint", "http://minio:9000", "--region", "eu-west-1"),
        *("--repository", URL, "--branch", "live", "--path", "/a/b/", "--namespace", "models"),
        *("--image", "tensorflow/serving:2.20.0", "--env", "one", "--env", "two"),
    )

    assert policy(fleet, "one") == {
        "source": {
            "url": "s3://models",
            "endpoint": "http://minio:9000",
            "region": "eu-west-1",
            "access": "mount",
            "mount": {"driver": "s3.csi.aws.com"},
        },
        "delivery": {"repository": URL, "branch": "live", "path": "a/b"},
        "serving": {
            "image": "tensorflow/serving:2.20.0",
            "namespace": "models-one",
            "replicas": 1,
            "monitoring": {"enabled": True},
        },
        "policy": [{"match": "*", "versions": {"latest": 1}}],
    }
    assert policy(fleet, "two") == {
        "extends": "one",
        "serving": {"namespace": "models-two", "replicas": 2},
        "policy": [{"match": "*", "versions": {"latest": 1, "from": "one", "minAge": "24h"}}],
    }


@pytest.mark.parametrize("names", [["on", "null"], ["1", "2e3"], ["a"]])
def test_any_name_is_a_name(fleet, names):
    """YAML takes some words and digits for truths and numbers."""
    options = [word for name in names for word in ("--env", name)]
    init(fleet, *options)

    assert run("-C", fleet, "check").exit_code == 0
    assert objects(fleet)


@pytest.mark.parametrize(
    ("gitops", "folders"),
    [
        ("flux", {"clusters"}),
        ("argocd", {"argocd"}),
        ("both", {"clusters", "argocd"}),
        ("none", set()),
    ],
)
def test_objects_are_written_for_whom_they_are_wanted(fleet, gitops, folders):
    """Two tools that apply the same objects fight."""
    init(fleet, "--gitops", gitops)

    assert {name for name in ("clusters", "argocd") if (fleet / name).exists()} == folders


def test_flux_applies_the_overlay_of_each_environment(fleet):
    """It waits until the objects are healthy, and prunes what is gone."""
    init(fleet, "--repository", URL)
    repositories = of_kind(fleet, "GitRepository")

    for name in fleet_scaffold.NAMES:
        spec = of_kind(fleet, "Kustomization")[f"tf-serving-{name}"]
        assert spec["path"] == f"./tf-serving/overlays/{name}"
        assert (spec["wait"], spec["prune"], spec["timeout"]) == (True, True, "15m")
        source = repositories[spec["sourceRef"]["name"]]
        assert source["url"] == URL
        assert source["ref"] == {"branch": "main"}


def test_namespaces_are_there_before_the_objects_and_survive_them(fleet):
    """An overlay has none; deleting one would delete every server."""
    init(fleet, "--repository", URL)
    spaces = {i["metadata"]["name"]: i for i in objects(fleet) if i["kind"] == "Namespace"}

    assert set(spaces) == {f"tf-serving-{name}" for name in fleet_scaffold.NAMES}
    for space in spaces.values():
        metadata = space["metadata"]
        assert metadata["annotations"]["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
        assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_argo_cd_follows_all_overlays_and_leaves_autoscalers_alone(fleet):
    """One ApplicationSet; server-side apply, and what an autoscaler owns is not healed."""
    init(fleet, "--repository", URL)
    [spec] = of_kind(fleet, "ApplicationSet").values()
    [generator] = spec["generators"]
    application = spec["template"]["spec"]

    assert generator["git"]["repoURL"] == application["source"]["repoURL"] == URL
    assert generator["git"]["directories"] == [{"path": "tf-serving/overlays/*"}]
    assert application["source"]["path"] == "{{.path.path}}"
    assert application["destination"]["namespace"] == "tf-serving-{{.path.basename}}"
    assert {"ServerSideApply=true", "CreateNamespace=true", "RespectIgnoreDifferences=true"} <= set(
        application["syncPolicy"]["syncOptions"]
    )
    [ignored] = application["ignoreDifferences"]
    assert ignored["managedFieldsManagers"] == ["kube-controller-manager"]
    assert spec["syncPolicy"]["preserveResourcesOnDeletion"] is True


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        ({"dev": "m-dev", "prod": "m-prod"}, "m-{{.path.basename}}"),
        ({"dev": "models", "prod": "models"}, "models"),
        ({"dev": "dev", "prod": "prod"}, "{{.path.basename}}"),
        (
            {"dev": "m-dev", "prod": "m"},
            '{{get (dict "dev" "m-dev" "prod" "m") .path.basename}}',
        ),
    ],
)
def test_argo_cd_makes_the_namespaces_that_the_environments_name(namespaces, expected):
    """By a pattern where there is one, so that a new environment needs no edit."""
    choices = Choices(
        StoreAddress("s3://models"), Delivery(URL), "file:///store", names=tuple(namespaces)
    )
    environments = [
        Environment(name, "", Source(), Delivery(URL), ServerSpec(namespace=space), ())
        for name, space in namespaces.items()
    ]
    text = fleet_scaffold.fleet_files(environments, choices, T)["argocd/applicationset.yaml"]

    application = yaml.safe_load(text)["spec"]["template"]["spec"]
    assert application["destination"]["namespace"] == expected


def test_environments_of_two_repositories_have_an_application_set_each():
    """A generator looks into one repository."""
    one = Environment("dev", "", Source(), Delivery(URL, path="x"), ServerSpec(), ())
    other = replace(one, name="prod", delivery=Delivery("git@git.example:ml/fleet.git"))
    choices = Choices(StoreAddress("s3://models"), Delivery(URL), "file:///store")
    text = fleet_scaffold.fleet_files([one, other], choices, T)["argocd/applicationset.yaml"]

    first, second = yaml.safe_load_all(text)
    assert [first["metadata"]["name"], second["metadata"]["name"]] == [
        "tf-serving",
        "tf-serving-prod",
    ]
    git = second["spec"]["generators"][0]["git"]
    assert git["repoURL"] == "ssh://git@git.example/ml/fleet.git"
    assert git["directories"] == [{"path": "overlays/*"}]


@pytest.mark.parametrize(
    ("repository", "url"),
    [
        (URL, URL),
        ("https://token@github.com/acme/fleet.git", URL),
        ("ssh://git@git.example:2222/fleet.git", "ssh://git@git.example:2222/fleet.git"),
        ("git@git.example:ml/fleet.git", "ssh://git@git.example/ml/fleet.git"),
        ("fleet.git", fleet_scaffold.PLACEHOLDER),
        ("../a@b/fleet.git", fleet_scaffold.PLACEHOLDER),
        ("file:///srv/fleet.git", fleet_scaffold.PLACEHOLDER),
    ],
)
def test_a_cluster_gets_a_url_that_it_can_read(repository, url):
    """Flux takes http, https and ssh; a folder of this machine is nowhere to a cluster."""
    assert fleet_scaffold.cluster_url(repository) == url


def test_what_a_cluster_cannot_read_is_told(fleet):
    """A placeholder that nobody mentions is a trap."""
    assert fleet_scaffold.PLACEHOLDER in init(fleet).stderr
    assert "TODO" in (fleet / "clusters/dev/tf-serving.yaml").read_text()
    assert fleet_scaffold.PLACEHOLDER not in init(fleet.parent / "b", "--repository", URL).stderr
    assert "TODO" not in (fleet.parent / "b/clusters/dev/tf-serving.yaml").read_text()


def test_owners_own_what_decides_and_what_is_delivered(fleet):
    """Without an owner there is an example, and nobody is asked by accident."""
    init(fleet, "--owner", "prod=@acme/ml-leads", "--owner", "prod=@ann")
    lines = (fleet / "CODEOWNERS").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == [
        "/environments/prod.yaml @acme/ml-leads @ann",
        "/clusters/prod/ @acme/ml-leads @ann",
        "/tf-serving/overlays/prod/ @acme/ml-leads @ann",
        "/environments/dev.yaml @acme/ml-leads @ann",
        "/templates/ @acme/ml-leads @ann",
        "/tf-serving/base/ @acme/ml-leads @ann",
        "/tf-serving/components/ @acme/ml-leads @ann",
        "/argocd/ @acme/ml-leads @ann",
        "/CODEOWNERS @acme/ml-leads @ann",
        "/.github/ @acme/ml-leads @ann",
    ]
    assert "# /environments/dev.yaml @your-org/your-team" in lines


def test_a_path_with_a_space_is_one_pattern():
    """CODEOWNERS takes a space for the end of the pattern."""
    choices = Choices(
        StoreAddress("s3://m"),
        Delivery(URL, path="x y"),
        "file:///s",
        names=("a",),
        owners={"a": ("@b",)},
    )

    assert rb"/x\ y/overlays/a/ @b" in written(choices)["CODEOWNERS"]


@pytest.mark.parametrize("name", SCHEMAS.values())
def test_the_schemas_are_closed(name):
    """A misspelt field does not pass."""
    schema = json.loads((Path(__file__).parents[1] / "schemas" / f"{name}.json").read_text())

    def closed(node: Any) -> bool:
        if isinstance(node, dict):
            if node.get("type") == "object" and "additionalProperties" not in node:
                return False
            return all(map(closed, node.values()))
        return not isinstance(node, list) or all(map(closed, node))

    assert closed(schema)
    assert "by hand" in schema["description"]
