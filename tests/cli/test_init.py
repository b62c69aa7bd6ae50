"""`init`: a fleet to start from, which is valid as it stands and overwrites nothing."""

import json
import re
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pygit2
import pytest
import yaml
from click.testing import CliRunner, Result

from generator.catalog.location import StoreAddress
from generator.cli import main, write_new
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment, Source
from generator.environment.serving import ServerSpec
from generator.render import fleet_scaffold, overlay
from generator.render.fleet_scaffold import Choices
from generator.render.templates import Templates
from tests.kit.kubernetes import validate
from tests.kit.project import EXAMPLES
from tests.servers.origin import Origin

T = Templates()
SCHEMAS = {
    "GitRepository": "flux-gitrepository",
    "Kustomization": "flux-kustomization",
    "ApplicationSet": "argocd-applicationset",
}
URL = "https://github.com/acme/fleet.git"


def run(*arguments: object) -> Result:
    """Run `tfs-gitops` in this process; a bug is raised."""
    return CliRunner().invoke(
        main, [str(item) for item in arguments], catch_exceptions=False, prog_name="tfs-gitops"
    )


def init(folder: Path, *options: object) -> Result:
    """Run `init`, which works."""
    result = run("init", folder, *options)
    assert result.exit_code == 0, result.output
    return result


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, but for those of repositories."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".git", "fleet.git"} & set(path.relative_to(folder).parts)
    }


def objects(folder: Path) -> list[dict[str, Any]]:
    """Return the objects for clusters; each follows its schema."""
    paths = sorted([*folder.glob("clusters/*/*.yaml"), *folder.glob("argocd/*.yaml")])
    found = [item for path in paths for item in yaml.safe_load_all(path.read_text())]
    validate([item for item in found if item["kind"] not in SCHEMAS])
    for item in found:
        if item["kind"] in SCHEMAS:
            path = Path(__file__).parents[1] / "schemas" / f"{SCHEMAS[item['kind']]}.json"
            jsonschema.validate(item, json.loads(path.read_text()))
    return found


def of_kind(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """Return the specs of the objects of one kind by their names."""
    return {
        item["metadata"]["name"]: item["spec"] for item in objects(folder) if item["kind"] == kind
    }


def policy(folder: Path, name: str) -> dict[str, Any]:
    """Return the spec of an environment as it is written."""
    spec: dict[str, Any] = yaml.safe_load((folder / f"environments/{name}.yaml").read_text())[
        "spec"
    ]
    return spec


@pytest.fixture
def fleet(tmp_path):
    """Return a folder that does not exist yet."""
    return tmp_path / "fleet"


@pytest.fixture
def clone(tmp_path, origin):
    """Return a clone of the origin."""
    path = tmp_path / "clone"
    pygit2.clone_repository(str(origin.path), str(path))
    return path


# --- a fresh folder ---------------------------------------------------------------------


def test_a_fresh_folder_can_be_checked_planned_and_synced(fleet):
    """Without a store, a repository or an account; and a model that is published is served."""
    init(fleet)
    assert run("-C", fleet, "check").exit_code == 0
    for name in fleet_scaffold.NAMES:
        assert run("-C", fleet, "plan", name, "--exit-code").exit_code == 0

    store = (fleet / "store").as_uri()
    run("index", EXAMPLES / "half-plus-two", "--store", store, "--upload")
    result = run("-C", fleet, "sync")

    assert result.exit_code == 0
    files = Origin(fleet / "fleet.git", pygit2.Repository(fleet / "fleet.git")).files()
    assert "tf-serving/overlays/dev/generated/models.config" in files


def test_a_check_of_what_is_written_has_no_warning(fleet):
    """An example that warns teaches people to ignore warnings."""
    init(fleet)

    assert run("-C", fleet, "check").stderr == ""


def test_the_examples_in_comments_are_valid(fleet):
    """Whoever takes the sign away gets what it says."""
    init(fleet, "--repository", URL)
    path = fleet / "environments/prod.yaml"
    text = path.read_text()
    path.write_text(re.sub(r"# (delivery:|- match|  versions|  labels)", r"\1", text))

    assert run("-C", fleet, "check", "prod").exit_code == 0
    assert policy(fleet, "prod")["delivery"] == {"mode": "pull-request"}
    assert policy(fleet, "prod")["policy"][1]["labels"] == {"stable": 50, "canary": 101}


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
        **fleet_scaffold.policies(choices, T),
        **fleet_scaffold.surroundings(environments, choices, T),
    }


def test_the_current_folder_is_the_default(tmp_path, monkeypatch):
    """As `-C` says, or where one is."""
    monkeypatch.chdir(tmp_path)
    run("init")
    (tmp_path / "other").mkdir()
    run("-C", "other", "init")

    assert (tmp_path / "environments/dev.yaml").exists()
    assert tree(tmp_path / "other").keys() == tree(tmp_path).keys() - {
        f"other/{path}" for path in tree(tmp_path / "other")
    }


def test_the_stand_ins_are_left_out_of_git(fleet):
    """A store and a repository inside a repository help nobody."""
    init(fleet)

    assert {"/store/", "/fleet.git/"} <= set((fleet / ".gitignore").read_text().splitlines())


def test_the_repository_that_init_makes_starts_with_the_scaffold(fleet):
    """Its base can be adapted before the first sync, which then leaves it alone."""
    init(fleet)
    files = Origin(fleet / "fleet.git", pygit2.Repository(fleet / "fleet.git")).files()

    environment = Environment("dev", "", Source(), Delivery(), ServerSpec(), ())
    units = overlay.scaffold(environment, T)
    expected = {
        f"tf-serving/{path}": data
        for unit, contents in units.items()
        if not unit.startswith("overlays/")
        for path, data in contents.items()
    }
    assert files == expected
    assert pygit2.Repository(fleet / "fleet.git").is_bare


# --- never overwrites -------------------------------------------------------------------


def test_a_second_run_changes_nothing_and_says_so_file_by_file(fleet):
    """Even where a person has edited all of it."""
    first = init(fleet).stdout.splitlines()
    for path in tree(fleet):
        with (fleet / path).open("a") as file:
            file.write("\n# mine\n")
    before = tree(fleet)
    head = pygit2.Repository(fleet / "fleet.git").revparse_single("main").id
    second = init(fleet).stdout.splitlines()

    assert tree(fleet) == before
    assert pygit2.Repository(fleet / "fleet.git").revparse_single("main").id == head
    assert {line.split()[0] for line in first} == {"created"}
    assert second == [line.replace("created", "kept   ") for line in first]


def test_a_second_run_writes_what_is_missing(fleet):
    """And nothing else."""
    init(fleet)
    before = tree(fleet)
    for path in ("environments/staging.yaml", "CODEOWNERS", "clusters/prod/tf-serving.yaml"):
        (fleet / path).unlink()
    lines = init(fleet).stdout.splitlines()

    assert tree(fleet) == before
    assert sorted(line.split()[1] for line in lines if line.startswith("created")) == [
        "CODEOWNERS",
        "clusters/prod/tf-serving.yaml",
        "environments/staging.yaml",
    ]


def test_what_is_written_fits_what_is_there(fleet):
    """Objects are made for environments as they are, whatever the flags say now."""
    init(fleet, "--env", "live", "--gitops", "none", "--repository", URL)
    path = fleet / "environments/live.yaml"
    path.write_text(path.read_text().replace('"main"', '"release"').replace("tf-serving-", "own-"))
    init(fleet, "--branch", "ignored", "--path", "ignored")

    assert sorted(path.name for path in (fleet / "environments").iterdir()) == ["live.yaml"]
    [repository] = of_kind(fleet, "GitRepository").values()
    assert repository["ref"] == {"branch": "release"}
    [kustomization] = of_kind(fleet, "Kustomization").values()
    assert kustomization["path"] == "./tf-serving/overlays/live"
    assert [item["metadata"]["name"] for item in objects(fleet) if item["kind"] == "Namespace"] == [
        "own-live"
    ]


def test_a_link_to_nothing_is_kept_too(fleet):
    """It is somebody's, and writing through it would put a file elsewhere."""
    fleet.mkdir()
    (fleet / "CODEOWNERS").symlink_to("../elsewhere")
    result = init(fleet)

    assert "kept    CODEOWNERS" in result.stdout
    assert not (fleet.parent / "elsewhere").exists()


def test_a_file_that_somebody_else_writes_meanwhile_is_kept(tmp_path, monkeypatch):
    """Between the look and the writing there is time."""
    path = tmp_path / "CODEOWNERS"
    path.write_text("theirs")
    monkeypatch.setattr(write_new.os.path, "lexists", lambda _: False)

    assert write_new.write_new(path, b"ours") is False
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_files_appear_whole_and_readable(fleet):
    """No temporary file stays behind; group and others may read."""
    init(fleet)

    assert not [
        path for path in tree(fleet) if Path(path).name.startswith(".") and path != ".gitignore"
    ]
    mode = stat.S_IMODE((fleet / "CODEOWNERS").stat().st_mode)
    assert mode == 0o644


def test_a_file_where_a_folder_must_be_is_told(fleet):
    """Exit 5; nothing is replaced."""
    fleet.mkdir()
    (fleet / "clusters").write_text("mine")
    result = run("init", fleet)

    assert result.exit_code == 5
    assert "clusters" in result.stderr
    assert (fleet / "clusters").read_text() == "mine"


def test_nothing_is_written_beside_an_environment_that_does_not_load(fleet):
    """Whatever would be made for it could be wrong."""
    (fleet / "environments").mkdir(parents=True)
    (fleet / "environments/dev.yaml").write_text("kind: 7\n")
    result = run("init", fleet)

    assert result.exit_code == 3
    assert "environments/dev.yaml:1:1" in result.stderr
    assert list(tree(fleet)) == ["environments/dev.yaml"]


# --- flags ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--env", "Prod"], "--env"),
        (["--env", "../x"], "--env"),
        (["--store", "ftp://x"], "--store"),
        (["--owner", "prod"], "--owner"),
        (["--owner", "qa=@acme/leads"], "dev, staging, prod"),
        (["--owner", "prod=a b"], "--owner"),
        (["--gitops", "all"], "--gitops"),
    ],
)
def test_a_wrong_flag_is_a_usage_error(fleet, options, message):
    """Exit 2, and nothing is written."""
    result = run("init", fleet, *options)

    assert result.exit_code == 2
    assert message in result.stderr
    assert not fleet.exists()


@pytest.mark.parametrize(
    "options", [["--path", "../x"], ["--branch", "a..b"], ["--namespace", "N"], ["--image", "a b"]]
)
def test_what_a_check_would_refuse_is_not_written(fleet, options):
    """Exit 3, in the words of the check."""
    result = run("init", fleet, *options)

    assert result.exit_code == 3
    assert "environments/dev.yaml:" in result.stderr
    assert "nothing was written" in result.stderr
    assert not fleet.exists()


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


def test_credentials_in_a_url_are_not_written(fleet):
    """Files go to Git; a sync takes its token from the environment."""
    init(fleet, "--repository", "https://me:secret@github.com/acme/fleet.git")

    assert policy(fleet, "dev")["delivery"]["repository"] == URL
    assert not [path for path, data in tree(fleet).items() if b"secret@" in data]


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


# --- Flux, Argo CD, CODEOWNERS ----------------------------------------------------------


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
    text = fleet_scaffold.surroundings(environments, choices, T)["argocd/applicationset.yaml"]

    application = yaml.safe_load(text)["spec"]["template"]["spec"]
    assert application["destination"]["namespace"] == expected


def test_environments_of_two_repositories_have_an_application_set_each():
    """A generator looks into one repository."""
    one = Environment("dev", "", Source(), Delivery(URL, path="x"), ServerSpec(), ())
    other = replace(one, name="prod", delivery=Delivery("git@git.example:ml/fleet.git"))
    choices = Choices(StoreAddress("s3://models"), Delivery(URL), "file:///store")
    text = fleet_scaffold.surroundings([one, other], choices, T)["argocd/applicationset.yaml"]

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


# --- a clone ----------------------------------------------------------------------------


def test_a_clone_delivers_to_where_it_was_cloned_from(clone, origin):
    """The usual fleet: policies and manifests in one repository."""
    init(clone)

    assert policy(clone, "dev")["delivery"]["repository"] == str(origin.path)
    assert policy(clone, "dev")["delivery"]["branch"] == "main"
    assert not (clone / "fleet.git").exists()
    assert run("-C", clone, "plan", "dev").exit_code == 0


def test_a_clone_gets_the_base_that_a_sync_would_scaffold(clone, origin):
    """Byte for byte: after a push, the sync finds it and leaves it alone."""
    result = init(clone)
    ours = {path: data for path, data in tree(clone).items() if path.startswith("tf-serving/")}
    store = (clone / "store").as_uri()
    run("index", EXAMPLES / "half-plus-two", "--store", store, "--upload")
    run("-C", clone, "sync", "dev")
    synced = origin.files()

    assert ours
    assert ours == {
        path: data
        for path, data in synced.items()
        if path.startswith("tf-serving/") and "/overlays/" not in path
    }
    assert "push" in result.stderr


def test_a_file_that_was_deleted_from_a_base_stays_deleted(clone):
    """Its kustomization stands for it: what is missing beside that was deleted on purpose."""
    init(clone)
    (clone / "tf-serving/base/networkpolicy.yaml").unlink()
    init(clone)

    assert not (clone / "tf-serving/base/networkpolicy.yaml").exists()


def test_the_default_branch_is_delivered_to_and_not_the_one_that_is_checked_out(clone):
    """Whoever runs `init` does so on a branch of their own."""
    repository = pygit2.Repository(clone)
    head = repository.head.peel(pygit2.Commit)
    repository.checkout(repository.branches.local.create("add-models", head))
    init(clone)

    assert policy(clone, "dev")["delivery"]["branch"] == "main"


def test_a_clone_of_an_empty_repository_delivers_to_its_first_branch(tmp_path):
    """A forge has just made it."""
    pygit2.init_repository(tmp_path / "new.git", bare=True, initial_head="trunk")
    subprocess.run(
        ["git", "clone", "--quiet", tmp_path / "new.git", tmp_path / "clone"],
        check=True,
        capture_output=True,
    )
    init(tmp_path / "clone")

    assert policy(tmp_path / "clone", "dev")["delivery"]["branch"] == "trunk"
    assert run("-C", tmp_path / "clone", "plan", "dev").exit_code == 0


def test_a_clone_that_delivers_elsewhere_gets_no_base(clone):
    """It would be a copy that nobody reads."""
    init(clone, "--repository", URL)

    assert not (clone / "tf-serving").exists()


def test_a_folder_inside_a_clone_is_not_the_clone(clone):
    """Else a try in some folder would deliver to the repository around it."""
    (clone / "try").mkdir()
    init(clone / "try")

    assert policy(clone / "try", "dev")["delivery"]["repository"] == fleet_scaffold.REPOSITORY


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
