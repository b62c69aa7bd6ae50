"""How full a ConfigMap is: told in every plan, warned of near its end, and refused over it."""

import json
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from generator.environment.environment import Pull
from generator.errors import InvalidInputError
from generator.lock import desired_parts
from generator.lock.changes import Change
from generator.lock.lock import Lock, ServedModel
from generator.plan import capacity
from generator.plan.capacity import CONFIG_MAP_BYTES, ConfigMap
from generator.plan.plan import Plan
from generator.render import overlay
from generator.render.templates import Templates
from generator.report.markdown import plan_markdown
from generator.report.words import room_left
from tests.kit.manifests import SOURCES, a_lock, an_environment, one, rendered, served
from tests.kit.manifests import objects as built
from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import constant

T = Templates()
LOCK = "overlays/prod/generated/models.lock.json"


def many(count: int) -> tuple[ServedModel, ...]:
    """So many models, each with one version."""
    return tuple(served(f"model-{number:05}", 1) for number in range(count))


def of_size(total: int) -> tuple[ServedModel, ...]:
    """Models whose lock has *total* bytes: the length of a base path fills the rest."""
    environment, models = an_environment("s3-pull"), many(2)
    room_for = total - len(overlay.generated(environment, a_lock(models), T)[LOCK])
    return models[0], replace(models[1], base_path=models[1].base_path + "x" * room_for)


def test_a_config_map_holds_what_kubernetes_takes_and_not_a_byte_more():
    """Its values count together, in bytes; the names of its keys do not."""
    environment = an_environment("s3-pull")

    full = overlay.generated(environment, a_lock(of_size(CONFIG_MAP_BYTES)), T)

    assert len(full[LOCK]) == CONFIG_MAP_BYTES == 1_048_576
    names = [it.name for it in overlay.config_maps(environment, full)]
    assert names == ["tf-serving-models", "tf-serving-lock"]
    assert not capacity.is_overfull([len(full[LOCK])], in_parts=False)
    assert capacity.is_overfull([len(full[LOCK]) + 1], in_parts=False)


def test_what_no_config_map_holds_is_refused_without_an_agent():
    """With its file, how much it is, the limit and the way out."""
    full = ConfigMap("tf-serving-models", "models.config", CONFIG_MAP_BYTES)
    capacity.refuse_overfull("environments/prod.yaml", [full], many(2))

    over = replace(full, bytes=CONFIG_MAP_BYTES + 1)
    with pytest.raises(InvalidInputError) as caught:
        capacity.refuse_overfull("environments/prod.yaml", [over], many(2))

    assert caught.value.exit_code == 3
    told = "models.config would have 2 models, 2 versions and 1,048,577 bytes"
    assert told in str(caught.value)
    assert "'tf-serving-models'" in str(caught.value)
    assert "split the policy" in caught.value.hint


def test_without_an_agent_the_lock_stays_in_git_and_may_be_larger():
    """Nothing of it reaches the pods."""
    models = of_size(CONFIG_MAP_BYTES + 1)
    environment = an_environment("claim")

    files = overlay.generated(environment, a_lock(models), T)

    assert [each.name for each in overlay.config_maps(environment, files)] == ["tf-serving-models"]


@pytest.mark.parametrize("kind", ["claim", "s3-pull"])
def test_what_is_told_is_what_the_config_map_has(tmp_path, kind):
    """Kustomize puts the file in as it is: no other key, and no byte more."""
    files = rendered(an_environment(kind))
    found = built(tmp_path, files)

    told = overlay.config_maps(an_environment(kind), files)

    assert [each.name for each in told] == ["tf-serving-models", "tf-serving-lock"][: len(told)]
    assert len(told) == (2 if kind == "s3-pull" else 1)
    for each in told:
        item = one(found, "ConfigMap", each.name)
        assert list(item["data"]) == [each.file]
        assert "binaryData" not in item
        assert sum(len(value.encode()) for value in item["data"].values()) == each.bytes


@pytest.mark.parametrize(("percent", "is_told"), [(79, False), (80, True), (100, True)])
def test_a_config_map_is_warned_of_from_four_fifths_on(percent, is_told):
    """With the file, how much it has, and the way out."""
    full = ConfigMap("tf-serving-lock", "models.lock.json", percent * CONFIG_MAP_BYTES // 100 + 1)

    found = list(capacity.warnings(an_environment("claim"), [full], many(3), 0))

    assert [item.code for item in found] == ["config-map-nearly-full"] * is_told
    for item in found:
        assert f"3 models, 3 versions and fills {percent} %" in item.message
        assert "environments/prod.yaml" in item.message
        assert "split the policy" in item.message


@pytest.mark.parametrize(
    ("size", "worst", "is_told"),
    [
        ("1Gi", 858_993_459, False),
        ("1Gi", 858_993_460, True),
        (1000, 800, True),
        (1000, 799, False),
    ],
)
def test_a_volume_that_is_too_small_for_the_models_is_told(size, worst, is_told):
    """Kubernetes evicts a pod whose emptyDir outgrows its limit; the agent sees the whole disk."""
    source = replace(SOURCES["s3-pull"], pull=Pull(size))
    environment = replace(an_environment("s3-pull"), source=source)

    found = list(capacity.warnings(environment, [], (), worst))

    assert [item.code for item in found] == ["models-volume-nearly-full"] * is_told
    assert not list(capacity.warnings(an_environment("claim"), [], (), worst))


def test_a_plan_measures_the_volume_by_all_that_a_pod_holds_at_worst(tmp_path, s3):
    """Old and new versions stand side by side in it, whatever else was asked of the agent."""
    project = ProjectFolder.create(tmp_path / "project", "nowhere.git")
    folder = project.export("a", 1)
    words = ("--store", s3.url, "--endpoint", s3.endpoint, "--upload")
    assert project.run("index", folder, *words).exit_code == 0
    project.environment(serving={"agent": True})
    file = project.root / "environments/dev.yaml"
    document = yaml.safe_load(file.read_text())
    source = {"url": s3.url, "endpoint": s3.endpoint, "access": "pull", "pull": {"size": "9Ki"}}
    file.write_text(yaml.safe_dump(document | {"spec": document["spec"] | {"source": source}}))

    result = project.run("render", "dev", "--output", tmp_path / "out")

    # The example has 8.5 KiB.
    assert "warning: models-volume-nearly-full" in result.stdout
    assert " 94 % of 9Ki" in result.stdout


def test_every_report_of_a_plan_tells_the_same(tmp_path, origin):
    """One value: what the terminal, JSON and Markdown say is the size of the committed file."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(serving={"agent": True})
    project.publish("a", 1)

    data = json.loads(project.run("plan", "dev", "--format", "json").stdout)
    terminal = project.run("plan", "dev").stdout
    markdown = project.run("plan", "dev", "--format", "markdown").stdout
    project.run("sync")

    assert {each["file"]: each["bytes"] for each in data["configMaps"]} == {
        name: len(origin.files()[f"tf-serving/overlays/dev/generated/{name}"])
        for name in ("models.config", "models.lock.json")
    }
    assert {each["limit"] for each in data["configMaps"]} == {CONFIG_MAP_BYTES}
    told = next(line for line in terminal.splitlines() if line.startswith("desired state: "))
    assert told.endswith("(0 %) of the 1.0 MiB of a ConfigMap")
    assert f"D{told[1:]}".replace(".", "") in markdown.replace("\\", "").replace(".", "")
    assert "desired state" not in project.run("plan", "dev").stdout


@pytest.mark.slow
def test_a_lock_that_grows_is_told_in_time_and_then_written_in_parts(tmp_path, origin):
    """A warning while there is room; the first parts replace the pods, and later ones do not."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(serving={"agent": True})
    for number in range(2100):
        name = f"model-{number:04}"
        project.claim(name, project.put(f"{name}/1/saved_model.pb", constant()))
        if number == 1500:
            near = project.run("sync")
    told, over = project.run("plan", "dev"), project.run("sync")
    project.claim("one-more", project.put("one-more/1/saved_model.pb", constant()))
    more, nothing = project.run("sync"), project.run("plan", "dev")

    assert [it.exit_code for it in (near, over, more, nothing)] == [0, 0, 0, 0]
    assert "warning: config-map-nearly-full: environments/dev.yaml" in near.stdout
    assert "is written in parts" in near.stdout
    assert "every pod is replaced" in over.stdout
    assert "\ndesired state: desired-0.json " in told.stdout
    assert "%), desired-1.json " in told.stdout
    assert "servers reload by themselves" in more.stdout
    assert nothing.stdout.startswith("dev: no change, 2101 unchanged, 0 held\n")
    folder = "tf-serving/overlays/dev/generated"
    found = {Path(path).name: data for path, data in origin.files().items() if folder in path}
    texts = {name: data.decode() for name, data in found.items() if name.startswith("desired-")}
    lock, _ = desired_parts.join(texts, folder)
    assert len(lock.models) == 2101


def test_a_plan_of_nothing_tells_no_size():
    """There is no ConfigMap before the first model."""
    plan = Plan("prod", Lock("prod", "s3://models"))

    assert room_left(plan) == ""


def test_markdown_without_a_change_tells_no_size():
    """A full one is a warning; else it is no news."""
    maps = (ConfigMap("tf-serving-models", "models.config", 5),)
    new = served("a", 1)
    plan = Plan("prod", Lock("prod", "s3://m"), (Change("a", None, new, ()),), config_maps=maps)
    changed = plan.against({"o/models.config": b"x"}, {})

    assert "Desired state" in plan_markdown(changed, T)
    assert "Desired state" not in plan_markdown(replace(plan, changes=()), T)


def test_a_machine_has_no_config_map(tmp_path):
    """A Compose project mounts a folder: there is no limit to tell of."""
    project = ProjectFolder.create(tmp_path / "project", "nowhere.git")
    project.environment()
    project.publish("a", 1)
    folder: Path = project.root / "machine"

    result = project.run("render", "dev", "--output", folder, "--target", "compose")

    assert result.exit_code == 0
    assert "of a ConfigMap" not in result.stdout
