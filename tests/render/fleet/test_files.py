"""`generator.render.fleet.files`: policies, Flux and Argo CD objects, owners."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from generator.environment.delivery import Delivery
from generator.environment.environment import Environment, Source
from generator.environment.serving import ServerSpec
from generator.render.fleet import files
from generator.render.fleet.choices import NAMES, Choices
from generator.render.fleet.targets import PLACEHOLDER
from tests.kit.fleets import SCHEMAS, URL, T, init, objects, of_kind, policy, run, written


@pytest.fixture
def fleet(tmp_path):
    """Return a folder that does not exist yet."""
    return tmp_path / "fleet"


def test_what_init_writes_is_its_golden_folder(golden):
    """Every written byte is looked at by a person in review; the schema is that of schemas/."""
    choices = Choices(
        store="s3://models",
        region="eu-west-1",
        repository=URL,
        owners={"prod": ("@acme/ml-leads", "lead@example.com")},
        requirement="tfs-gitops==1.2.3",
    )
    found = written(choices)
    schema = Path(__file__).parents[3] / "schemas/environment.schema.json"

    assert found.pop("environments/environment.schema.json") == schema.read_bytes()
    golden("init", found)


def test_editors_find_the_schema_by_the_first_line_of_each_document(fleet):
    """Beside it, by its name alone: a fleet is complete in itself."""
    init(fleet)
    documents = sorted((fleet / "environments").glob("*.yaml"))

    assert [one.stem for one in documents] == ["_base", "dev", "prod", "staging"]
    for one in documents:
        named = one.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        assert json.loads((one.parent / named).read_text())["title"] == "tfs-gitops environment"


@pytest.mark.parametrize(
    ("store", "access"),
    [("s3://models/team", "mount"), ("gs://models", "direct"), ("file://{}/store", "mount")],
)
def test_every_kind_of_store_makes_a_valid_environment(fleet, store, access):
    """With the access that stock images have."""
    init(fleet, "--store", store.format(fleet.parent), "--repository", URL)

    assert policy(fleet, "_base")["source"]["access"] == access
    assert run("-C", fleet, "check").exit_code == 0
    assert not (fleet / "store").exists()
    assert not (fleet / "fleet.git").exists()
    assert not (fleet / ".gitignore").exists()


def test_the_flags_are_what_the_base_says(fleet):
    """Environments extend it, and take versions from the one before them."""
    init(
        fleet,
        *("--store", "s3://models", "--endpoint", "http://minio:9000", "--region", "eu-west-1"),
        *("--repository", URL, "--branch", "live", "--path", "/a/b/", "--namespace", "models"),
        *("--image", "tensorflow/serving:2.20.0", "--env", "one", "--env", "two"),
    )

    assert policy(fleet, "_base") == {
        "source": {
            "url": "s3://models",
            "endpoint": "http://minio:9000",
            "region": "eu-west-1",
            "access": "mount",
            "mount": {"claimName": "models"},
        },
        "delivery": {"repository": URL, "branch": "live", "path": "a/b"},
        "serving": {"monitoring": {"enabled": True}},
    }
    image = "tensorflow/serving:2.20.0"
    assert policy(fleet, "one") == {
        "extends": "_base",
        "serving": {"image": image, "namespace": "models-one", "replicas": 1},
        "policy": [{"match": "*", "versions": {"latest": 1}}],
    }
    assert policy(fleet, "two") == {
        "extends": "_base",
        "delivery": {"mode": "pull-request"},
        "serving": {"image": image, "namespace": "models-two", "replicas": 2},
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

    for name in NAMES:
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

    assert set(spaces) == {f"tf-serving-{name}" for name in NAMES}
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
    environments = [
        Environment(name, "", Source("s3://m"), Delivery(URL), ServerSpec(namespace=space), ())
        for name, space in namespaces.items()
    ]
    text = files.fleet_files(environments, files.Wanted(), T)["argocd/applicationset.yaml"]

    application = yaml.safe_load(text)["spec"]["template"]["spec"]
    assert application["destination"]["namespace"] == expected


def test_environments_of_two_repositories_have_an_application_set_each():
    """A generator looks into one repository."""
    one = Environment("dev", "", Source("s3://m"), Delivery(URL, path="x"), ServerSpec(), ())
    other = replace(one, name="prod", delivery=Delivery("git@git.example:ml/fleet.git"))
    text = files.fleet_files([one, other], files.Wanted(), T)["argocd/applicationset.yaml"]

    first, second = yaml.safe_load_all(text)
    assert [first["metadata"]["name"], second["metadata"]["name"]] == [
        "tf-serving",
        "tf-serving-prod",
    ]
    git = second["spec"]["generators"][0]["git"]
    assert git["repoURL"] == "ssh://git@git.example/ml/fleet.git"
    assert git["directories"] == [{"path": "overlays/*"}]


def test_what_a_cluster_cannot_read_is_told(fleet):
    """A placeholder that nobody mentions is a trap."""
    assert PLACEHOLDER in init(fleet).stderr
    assert "TODO" in (fleet / "clusters/dev/tf-serving.yaml").read_text()
    assert PLACEHOLDER not in init(fleet.parent / "b", "--repository", URL).stderr
    assert "TODO" not in (fleet.parent / "b/clusters/dev/tf-serving.yaml").read_text()


def test_owners_own_what_decides_and_what_is_delivered(fleet):
    """Without an owner there is an example, and nobody is asked by accident."""
    init(fleet, "--owner", "prod=@acme/ml-leads", "--owner", "prod=@ann")
    lines = (fleet / "CODEOWNERS").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == [
        "/environments/prod.yaml @acme/ml-leads @ann",
        "/clusters/prod/ @acme/ml-leads @ann",
        "/tf-serving/overlays/prod/ @acme/ml-leads @ann",
        "/environments/_base.yaml @acme/ml-leads @ann",
        "/templates/ @acme/ml-leads @ann",
        "/freeze.yaml @acme/ml-leads @ann",
        "/tf-serving/base/ @acme/ml-leads @ann",
        "/tf-serving/components/ @acme/ml-leads @ann",
        "/argocd/ @acme/ml-leads @ann",
        "/CODEOWNERS @acme/ml-leads @ann",
        "/.github/ @acme/ml-leads @ann",
    ]
    assert "# /environments/dev.yaml @your-org/your-team" in lines


def test_a_path_with_a_space_is_one_pattern():
    """CODEOWNERS takes a space for the end of the pattern."""
    choices = Choices(("a",), store="s3://m", repository=URL, path="x y", owners={"a": ("@b",)})

    assert rb"/x\ y/overlays/a/ @b" in written(choices)["CODEOWNERS"]


@pytest.mark.parametrize("name", SCHEMAS.values())
def test_the_schemas_are_closed(name):
    """A misspelt field does not pass."""
    schema = json.loads((Path(__file__).parents[2] / "schemas" / f"{name}.json").read_text())

    def closed(node: Any) -> bool:
        if isinstance(node, dict):
            if node.get("type") == "object" and "additionalProperties" not in node:
                return False
            return all(map(closed, node.values()))
        return not isinstance(node, list) or all(map(closed, node))

    assert closed(schema)
    assert "by hand" in schema["description"]


def test_code_owners_that_nobody_named_are_the_same_lines_to_fill_in():
    """What must have owners is written there, whoever they are: the templates too."""
    somebody = dict.fromkeys(NAMES, ("@your-org/your-team",))
    named = written(Choices(owners=somebody))["CODEOWNERS"].decode()
    unnamed = written(Choices())["CODEOWNERS"].decode()

    assert unnamed.replace("# /", "/") == named
    assert "\n# /templates/ @your-org/your-team\n" in unnamed
