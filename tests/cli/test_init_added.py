"""`tfs-gitops init --env X` in a fleet: what is taken over, what is left alone and told."""

import pytest

from generator.limits.file import POLICY_FILE_BYTES
from tests.kit.fleets import URL, init, policy, run, tree


@pytest.fixture
def fleet(tmp_path):
    """Return a fleet with one environment, Flux and no workflows."""
    path = tmp_path / "fleet"
    store = ("--store", "s3://models", "--region", "eu-west-1")
    init(path, *store, "--repository", URL, "--env", "dev", "--gitops", "flux", "--no-workflows")
    return path


def test_an_added_environment_fits_the_fleet(fleet):
    """Its store, its repository, its GitOps objects; and versions come from the one before."""
    before = tree(fleet)
    result = init(fleet, "--env", "prod")

    assert sorted(tree(fleet).keys() - before.keys()) == [
        "clusters/prod/tf-serving.yaml",
        "environments/prod.yaml",
    ]
    assert policy(fleet, "prod") == {
        "extends": "_base",
        "delivery": {"mode": "pull-request"},
        "serving": {
            "image": "tensorflow/serving:2.19.1",
            "namespace": "tf-serving-prod",
            "replicas": 2,
        },
        "policy": [{"match": "*", "versions": {"latest": 1, "from": "dev", "minAge": "24h"}}],
    }
    assert run("-C", fleet, "check").stderr == ""
    place = "its versions come from dev; `--env BEFORE --env prod` puts it elsewhere"
    assert f"note: prod: {place}" in result.stderr
    assert "no objects for Argo CD, as there were none" in result.stderr
    assert "no workflows, as there were none: --workflows writes them" in result.stderr


def test_a_file_that_was_there_and_does_not_list_the_new_environment_is_told(fleet):
    """With the lines that it needs: nobody approves what no line names."""
    result = init(fleet, "--env", "prod", "--owner", "prod=@acme/leads")

    assert "kept    README.md (does not list prod)\n" in result.stdout
    assert "kept    CODEOWNERS (does not list prod)\n" in result.stdout
    assert "kept    environments/dev.yaml\n" in result.stdout
    paths = ["/environments/prod.yaml", "/clusters/prod/", "/tf-serving/overlays/prod/"]
    *first, last = [f"`{path} @acme/leads`" for path in paths]
    assert f"next: add to CODEOWNERS: {', '.join(first)} and {last}\n" in result.stderr
    again = init(fleet)
    assert "does not list prod" not in again.stdout


@pytest.mark.parametrize(("beyond", "is_seen"), [(0, True), (1, False)])
def test_a_file_that_is_too_long_to_be_looked_into_counts_as_listing_nothing(
    fleet, beyond, is_seen
):
    """One at the limit is looked into up to its end."""
    for name, listed in (("README.md", "`prod`"), ("CODEOWNERS", "environments/prod.yaml")):
        (fleet / name).write_text(listed.rjust(POLICY_FILE_BYTES + beyond))
    result = init(fleet, "--env", "prod")

    assert ("README.md (does not list prod)" not in result.stdout) is is_seen
    assert ("CODEOWNERS (does not list prod)" not in result.stdout) is is_seen


def test_what_is_asked_for_is_written_all_the_same(fleet):
    """The fleet has none of it yet."""
    init(fleet, "--env", "prod", "--gitops", "argocd", "--workflows")

    assert (fleet / "argocd/applicationset.yaml").exists()
    assert (fleet / ".github/workflows/sync.yml").exists()
    assert not (fleet / "clusters/prod").exists()


def test_serving_settings_of_one_environment_are_not_taken_over_and_told(fleet):
    """They may be a trial."""
    path = fleet / "environments/dev.yaml"
    path.write_text(path.read_text().replace("replicas: 1", "batching: {maxBatchSize: 8}"))
    result = init(fleet, "--env", "prod")

    assert "batching" not in policy(fleet, "prod")["serving"]
    assert "note: prod: without what dev alone has in serving: batching\n" in result.stderr


def test_an_environment_between_two_leaves_the_later_one_alone(fleet):
    """Where its versions come from is for a person to change."""
    init(fleet, "--env", "prod")
    before = (fleet / "environments/prod.yaml").read_bytes()
    result = init(fleet, "--env", "staging")

    assert (fleet / "environments/prod.yaml").read_bytes() == before
    assert policy(fleet, "staging")["policy"][0]["versions"] == {"latest": 1, "from": "dev"}
    told = "environments/prod.yaml: left as it is: it takes from dev, and not from staging"
    assert told in result.stderr


def test_a_fleet_without_a_base_gets_one_for_the_new_environment_alone(fleet):
    """The others go on as they are."""
    text = (fleet / "environments/_base.yaml").read_text().replace("_base", "dev")
    own = (fleet / "environments/dev.yaml").read_text()
    text = text.replace("    monitoring: {enabled: true}\n", "")
    path = fleet / "environments/dev.yaml"
    path.write_text(text + own[own.index("    # An image") :])
    (fleet / "environments/_base.yaml").unlink()
    result = init(fleet, "--env", "prod")

    assert policy(fleet, "_base")["source"]["url"] == "s3://models"
    assert policy(fleet, "prod")["extends"] == "_base"
    assert "source and delivery are those of dev, by way of _base.yaml" in result.stderr
    assert "environments/dev.yaml: left as they are, so they do not extend _base" in result.stderr
    assert run("-C", fleet, "check").exit_code == 0


def test_a_schema_of_another_release_is_kept_and_told(fleet):
    """It is renewed by the command that is told, and an editor then knows every key."""
    schema = fleet / "environments/environment.schema.json"
    schema.write_text('{"title": "old"}')

    renewed = "`tfs-gitops check --schema >environments/environment.schema.json` renews it"
    assert f"environment.schema.json (of another release: {renewed})\n" in init(fleet).stdout
    assert schema.read_text() == '{"title": "old"}'
    schema.write_text(run("check", "--schema").stdout)
    assert "another release" not in init(fleet).stdout


@pytest.mark.parametrize(("name", "file"), [("prod", "prod.yml"), ("_base", "_base.yaml.txt")])
def test_a_document_by_a_wrong_name_is_not_written_again(fleet, name, file):
    """Two of one name would differ, and one of them would be read."""
    folder = fleet / "environments"
    (folder / f"{name}.yaml").unlink(missing_ok=True)
    (folder / file).write_text("")
    before = tree(fleet)
    if name == "_base":
        (folder / "dev.yaml").unlink()
        before = tree(fleet)
    result = run("init", fleet, "--env", "prod")

    assert result.exit_code == 3
    assert f"environments/{file}: not read: rename it to environments/{name}.yaml" in result.stderr
    assert tree(fleet) == before
