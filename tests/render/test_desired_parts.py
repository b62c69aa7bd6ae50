"""A desired state that no ConfigMap holds: in parts beside an agent, refused without one."""

import pytest
from msgspec.structs import replace

from generator.errors import InvalidInputError
from generator.lock import desired_parts
from generator.plan import capacity
from generator.plan.capacity import CONFIG_MAP_BYTES, PART_BYTES
from generator.plan.settings import Effect
from generator.render import overlay
from generator.render.effects import effects
from generator.render.templates import Templates
from tests.kit.manifests import a_lock, an_environment, one, rendered, served
from tests.kit.manifests import objects as built

T = Templates()
ROOT = "overlays/prod/generated/"


def large(count: int, filled: int, number: int = 1):
    """Return *count* models that fill some *filled* bytes of a lock, which has each path twice."""
    path = "x" * (filled // count // 2)
    return tuple(served(f"m{it}", number, base_path=f"{path}/m{it}") for it in range(count))


def files(models, kind: str = "s3-pull", *, in_parts: bool = False):
    """Return the generated files by name."""
    made = overlay.generated(an_environment(kind), a_lock(models), T, in_parts=in_parts)
    return {path.removeprefix(ROOT): data for path, data in made.items()}


def parts(found):
    """Return the names of the parts."""
    return sorted(name for name in found if desired_parts.NAME.fullmatch(name))


def test_what_one_config_map_holds_is_not_parted():
    """Most environments: two ConfigMaps, as a person can read them."""
    assert parts(files(large(8, CONFIG_MAP_BYTES // 4))) == []


def test_pods_get_what_no_config_map_holds_in_parts_that_fit(tmp_path):
    """Kustomize builds them, Kubernetes takes them, and they say together what the lock says."""
    models = large(16, 2_000_000)
    environment = an_environment("s3-pull")

    found = built(tmp_path, rendered(environment, models))

    maps = [it for it in found if it["kind"] == "ConfigMap" and "desired" in it["metadata"]["name"]]
    names = {it["metadata"]["name"] for it in maps}
    assert names == {f"tf-serving-desired-{it}" for it in range(len(maps))}
    assert not {"tf-serving-models", "tf-serving-lock"} & {it["metadata"]["name"] for it in found}
    assert all(sum(map(len, it["data"].values())) <= PART_BYTES for it in maps)
    texts = {name: text for it in maps for name, text in it["data"].items()}
    lock, _ = desired_parts.join(texts, "desired")
    assert [it.name for it in lock.models] == sorted(it.name for it in models)


def test_a_pod_mounts_room_for_more_parts_and_waits_for_none_that_is_not_there(tmp_path):
    """Their number may grow without a pod being replaced.

    Kubernetes starts no pod before each ConfigMap is there that is not optional.
    """
    found = built(tmp_path, rendered(an_environment("s3-pull"), large(16, 2_000_000)))

    spec = one(found, "Deployment")["spec"]["template"]["spec"]
    volumes = {it["name"]: it for it in spec["volumes"]}
    sources = [it["configMap"] for it in volumes["desired"]["projected"]["sources"]]
    mounted = [it["configMap"] for it in volumes.values() if "configMap" in it]
    there = {it["metadata"]["name"] for it in found if it["kind"] == "ConfigMap"}

    assert sources == [
        {"name": f"tf-serving-desired-{it}", "optional": True} for it in range(len(sources))
    ]
    assert len(sources) == 16
    assert {it["name"] for it in mounted if not it.get("optional")} <= there


def test_an_agent_has_more_memory_where_a_pod_mounts_more_parts(tmp_path):
    """It takes some ten times their bytes; with them its pods are replaced anyhow."""
    found = []
    for name, models in (("few", large(16, 2_000_000)), ("many", large(128, 12_000_000))):
        environment = an_environment("s3-pull")
        pods = one(built(tmp_path / name, rendered(environment, models)), "Deployment")
        spec = pods["spec"]["template"]["spec"]
        [volume] = [it for it in spec["volumes"] if it["name"] == "desired"]
        [agent] = spec["initContainers"]
        limits = agent["resources"]["limits"]["memory"]
        found.append((len(volume["projected"]["sources"]), limits))
        assert agent["resources"]["requests"]["memory"] == "128Mi"

    assert found == [(16, "512Mi"), (64, "1536Mi")]


def test_more_parts_are_reloaded_and_the_first_parts_replace_the_pods():
    """The number of parts is nothing that the template of the pods has."""
    whole, few, more = (
        files(large(4, 400_000)),
        files(large(16, 2_000_000)),
        files(large(64, 4_000_000)),
    )
    assert 0 < len(parts(few)) < len(parts(more))

    def effect(before, after):
        return Effect.hardest(effects(before.get, after.get, {*before, *after}).values())

    assert effect(whole, few) is Effect.RESTART
    assert effect(few, more) is Effect.HOT_RELOAD
    assert effect(more, few) is Effect.HOT_RELOAD
    assert effect(few, files(large(16, 2_000_000, number=2))) is Effect.HOT_RELOAD


def test_what_is_in_parts_stays_so_until_a_fifth_of_a_config_map_is_free():
    """Each way replaces the pods: one model more or less must not do so again and again."""
    nearly, less = large(8, CONFIG_MAP_BYTES * 9 // 10), large(8, CONFIG_MAP_BYTES * 7 // 10)

    assert parts(files(nearly)) == []
    assert parts(files(nearly, in_parts=True)) != []
    assert parts(files(less, in_parts=True)) == []


def test_without_an_agent_nobody_puts_parts_together():
    """The server reads one file: too many models are refused, and an agent is the way out."""
    names = (f"{'x' * 200}-{it}" for it in range(4000))
    models = tuple(served(it, 1) for it in names)

    with pytest.raises(InvalidInputError) as refused:
        files(models, "claim")

    assert "models.config would have 4,000 models" in str(refused.value)
    assert parts(files(models))


def test_a_model_that_no_part_holds_is_refused_beside_an_agent_too():
    """With its environment and the limit."""
    [model] = large(1, 1000)
    huge = replace(model, base_path="x" * CONFIG_MAP_BYTES)

    with pytest.raises(InvalidInputError, match="a ConfigMap holds 1,048,576"):
        files((huge,))


def test_a_plan_tells_how_full_each_part_is():
    """None is nearly full: where one would be, there are twice as many."""
    environment = an_environment("s3-pull")
    made = overlay.generated(environment, a_lock(large(64, 4_000_000)), T)

    told = overlay.config_maps(environment, made)

    assert [it.name for it in told] == [f"tf-serving-desired-{it}" for it in range(len(told))]
    assert {it.bytes for it in told} == {len(made[f"{ROOT}{it.file}"]) for it in told}
    assert not list(capacity.warnings(environment, told, (), 0))
