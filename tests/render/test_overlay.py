"""`generator.render.overlay`: an overlay, and what a change does to the pods."""

from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from generator.environment.serving import (
    Autoscaling,
    Gpu,
    Monitoring,
    Polling,
    Rollout,
)
from generator.errors import InvalidInputError
from generator.lock import paths
from generator.plan import capacity
from generator.render import overlay
from generator.render.scaffold import scaffold_of
from generator.render.templates import Templates
from tests.kit.manifests import (
    BATCHING,
    DEPLOYMENT,
    EVERY_COMPONENT,
    FULL,
    MODELS,
    SOURCES,
    T,
    a_lock,
    an_environment,
    container,
    objects,
    one,
    rendered,
    served,
)

ROLLING = {"reload": "rolling", "rollout": Rollout()}


@pytest.mark.parametrize(
    ("folder", "kind", "serving"),
    [
        ("claim", "claim", {}),
        ("s3-csi", "s3-csi", FULL),
        ("gs-direct", "gs-direct", EVERY_COMPONENT),
        ("s3-direct", "s3-direct", {"gpu": Gpu()}),
        ("gcsfuse", "gcsfuse", {"autoscaling": Autoscaling(max_replicas=4)}),
        ("s3-pull", "s3-pull", {"monitoring": Monitoring(), "rollout": Rollout()}),
        ("rolling-mount", "claim", {"batching": BATCHING} | ROLLING),
        ("rolling-pull", "s3-pull", ROLLING),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_an_environment_renders_to_its_golden_folder(folder, kind, serving, golden):
    """Every rendered byte is looked at by a person in review."""
    golden(f"overlay-{folder}", overlay.generated(an_environment(kind, **serving), a_lock(), T))


def test_the_scaffold_is_its_golden_folder(golden):
    """Base, components and the overlay's own kustomization do not depend on the policy."""
    units = scaffold_of(an_environment(), T)
    golden(
        "overlay-scaffold", {path: data for unit in units.values() for path, data in unit.items()}
    )
    assert units == scaffold_of(an_environment("s3-csi", **FULL), T)


def test_only_what_is_taken_of_the_scaffold_is_rendered():
    """A repository that has it all costs no template."""
    rendered: list[str] = []

    class Recording(Templates):
        def render(self, name, **values):
            rendered.append(name)
            return super().render(name, **values)

    units = scaffold_of(an_environment(), Recording())
    assert "base/kustomization.yaml" in [*units]
    assert rendered == []

    assert units["base/kustomization.yaml"]["base/kustomization.yaml"]
    assert {name.split("/")[0] for name in rendered} == {"base"}


def test_scaffold_units_are_keyed_by_the_kustomization_that_stands_for_them():
    """A sync looks for the key: where it exists, what is missing beside it was deleted."""
    units = scaffold_of(an_environment(), T)

    folders = ("agent", "agent/download", "autoscaling", "gcs-credentials", "gpu", "monitoring")
    folders += ("monitoring/agent", "monitoring/operator", "store-mount", "tls", "verify")
    assert set(units) == {
        "base/kustomization.yaml",
        *(f"components/{name}/kustomization.yaml" for name in folders),
        "overlays/prod/kustomization.yaml",
    }
    for key, files in units.items():
        assert key in files
        assert {Path(path).parent for path in files} == {Path(key).parent}


def test_a_sync_owns_the_folder_generated_and_nothing_else():
    """What `generated` returns is below one folder; the scaffold never is."""
    environment = an_environment("s3-csi", **FULL)
    folder = paths.generated_folder("prod")

    assert all(
        path.startswith(f"{folder}/") for path in overlay.generated(environment, a_lock(), T)
    )
    for files in scaffold_of(environment, T).values():
        assert not any(path.startswith(f"{folder}/") for path in files)
    assert paths.lock_path("prod") == f"{folder}/models.lock.json"


def test_the_server_environment_is_that_of_its_own_s3_reader(tmp_path):
    """Only the first character `0` means off; the endpoint has no scheme."""
    found = objects(tmp_path, rendered(an_environment("s3-direct")))
    values = {item["name"]: item.get("value") for item in container(found)["env"]}
    assert values == {
        "AWS_ACCESS_KEY_ID": None,
        "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": None,
        "S3_ENDPOINT": "minio.example:9000",
        "S3_USE_HTTPS": "0",
        "S3_VERIFY_SSL": "0",
    }


def test_a_change_of_models_leaves_the_deployment_alone(tmp_path):
    """Promotions are hot-reloaded: pods stay."""
    environment = an_environment("claim", **FULL)
    before = objects(tmp_path / "before", rendered(environment))
    after = objects(tmp_path / "after", rendered(environment, MODELS[1:]))

    assert one(before, "Deployment") == one(after, "Deployment")
    assert one(before, "ConfigMap", "tf-serving-m") != one(after, "ConfigMap", "tf-serving-m")


def test_a_change_of_a_start_file_rolls_the_pods(tmp_path):
    """A server reads these files only when it starts."""
    before = objects(tmp_path / "before", rendered(an_environment(batching=BATCHING)))
    changed = replace(BATCHING, num_batch_threads=8)
    after = objects(tmp_path / "after", rendered(an_environment(batching=changed)))

    assert one(before, "Deployment") != one(after, "Deployment")
    assert container(before)["args"] == container(after)["args"]


@pytest.mark.parametrize(
    ("change", "is_path"),
    [
        ({}, True),
        ({"addressing": "path"}, True),
        ({"addressing": "virtual"}, False),
        ({"endpoint": None}, False),
        ({"endpoint": None, "addressing": "path"}, True),
        ({"endpoint": None, "addressing": "virtual"}, False),
    ],
    ids=str,
)
def test_a_mount_and_an_agent_name_the_bucket_as_the_sync_does(change, is_path, tmp_path):
    """In the path or in the host name; an agent is told what was written, and has our defaults."""
    mounted, pulling = (
        replace(an_environment(kind), source=replace(SOURCES[kind], **change))
        for kind in ("s3-csi", "s3-pull")
    )

    [volume] = (
        item
        for item in objects(tmp_path / "mount", rendered(mounted))
        if item["kind"] == "PersistentVolume"
    )
    pod = one(objects(tmp_path / "pull", rendered(pulling)), "Deployment")["spec"]["template"]
    [agent] = (it for it in pod["spec"]["initContainers"] if it["name"] == "agent")

    assert ("force-path-style" in volume["spec"]["mountOptions"]) == is_path
    told = [word for word in agent["args"] if word.startswith("--addressing")]
    assert told == ([f"--addressing={change['addressing']}"] if "addressing" in change else [])


@pytest.mark.parametrize(
    "change",
    [
        {"url": "s3://other"},
        {"url": "s3://models/else"},
        {"region": "us-east-1"},
        {"endpoint": None},
    ],
    ids=str,
)
def test_another_source_makes_another_volume_and_claim(change, tmp_path):
    """Kubernetes refuses a change of either: the apply would fail for ever."""
    environment = an_environment("s3-csi")
    other = replace(environment, source=replace(environment.source, **change))
    before = objects(tmp_path / "before", rendered(environment))
    after = objects(tmp_path / "after", rendered(other))

    for kind in ("PersistentVolume", "PersistentVolumeClaim"):
        assert one(before, kind)["metadata"]["name"] != one(after, kind)["metadata"]["name"]
    assert rendered(environment, MODELS[:1]).keys() == rendered(environment).keys()
    store = "overlays/prod/generated/store.yaml"
    assert rendered(environment, MODELS[:1])[store] == rendered(environment)[store]


def test_flux_does_not_substitute_in_our_texts(tmp_path):
    """Flux would substitute `${…}` in a model's path."""
    found = objects(tmp_path, rendered(an_environment(**FULL)))
    maps = [item for item in found if item["kind"] == "ConfigMap"]

    assert len(maps) == 2
    for item in maps:
        annotations = item["metadata"]["annotations"]
        assert annotations["kustomize.toolkit.fluxcd.io/substitute"] == "disabled"


def test_labels_are_not_selectors(tmp_path):
    """`commonLabels` would put labels into selectors, which cannot be changed."""
    files = rendered(an_environment("s3-csi", **FULL))
    found = objects(tmp_path, files)
    own = {"app.kubernetes.io/name": "tf-serving"}

    assert not [path for path, data in files.items() if b"commonLabels" in data]
    assert one(found, "Deployment")["spec"]["selector"] == {"matchLabels": own}
    assert one(found, "Service")["spec"]["selector"] == own
    assert one(found, "PodDisruptionBudget")["spec"]["selector"] == {"matchLabels": own}
    assert one(found, "NetworkPolicy")["spec"]["podSelector"] == {"matchLabels": own}
    pod = one(found, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert own.items() <= pod.items()


@pytest.mark.parametrize("kind", SOURCES)
def test_the_required_arguments_are_always_there(kind, tmp_path):
    """A server takes `--flag=value` and no other form; the poll is on, labels may dangle."""
    serving = {"polling": Polling(config=30, files=45), "flags": {"grpc_max_threads": 8}}
    found = objects(tmp_path, rendered(an_environment(kind, **serving)))
    arguments = container(found)["args"]

    assert all(item.startswith("--") and "=" in item for item in arguments)
    assert len({item.partition("=")[0] for item in arguments}) == len(arguments)
    expected = {
        "--allow_version_labels_for_unavailable_models=true",
        "--file_system_poll_wait_seconds=45",
        "--grpc_max_threads=8",
        "--model_config_file_poll_wait_seconds=30",
        "--num_load_threads=2",
        "--port=8500",
        "--rest_api_port=8501",
    }
    if kind == "s3-pull":
        expected |= {
            "--load_retry_interval_micros=1000000",
            "--max_num_load_retries=1",
            "--model_config_file=/config/served/models.config",
        }
    else:
        expected |= {"--model_config_file=/config/models/models.config"}
    assert set(arguments) == expected
    ports = {item["name"]: item["containerPort"] for item in container(found)["ports"]}
    assert ports == {"grpc": 8500, "http": 8501}


def test_polling_is_a_minute_unless_it_is_set():
    """A store is asked once a poll: the server's own default of a second is dear."""
    arguments = yaml.safe_load(rendered(an_environment())[DEPLOYMENT])["spec"]["template"]["spec"]
    assert {
        "--file_system_poll_wait_seconds=60",
        "--model_config_file_poll_wait_seconds=60",
    } <= set(arguments["containers"][0]["args"])


def test_a_config_that_no_config_map_holds_is_refused():
    """The message has the number of models, the size, and the way out."""
    models = tuple(served(f"model-{number:05}", 1) for number in range(9000))
    with pytest.raises(InvalidInputError) as caught:
        overlay.generated(an_environment(), a_lock(models), T)

    assert "9,000 models, 9,000 versions and 1," in str(caught.value)
    assert "a ConfigMap holds 1,048,576" in str(caught.value)
    assert "split the policy" in caught.value.hint


def test_some_thousands_of_models_fit_into_one_config_map(tmp_path):
    """2,700 models with two versions and two labels are built and valid."""
    models = tuple(
        served(f"team-model-{number:04}", 1, 2, stable=1, canary=2) for number in range(2700)
    )
    files = rendered(an_environment(), models)

    assert len(files["overlays/prod/generated/models.config"]) < capacity.CONFIG_MAP_BYTES
    objects(tmp_path, files)
