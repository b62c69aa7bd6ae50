"""Effects of rendered files: what Kubernetes would do of a change, file by file."""

import pytest
from msgspec.structs import replace

from generator.environment.serving import (
    Autoscaling,
    Batching,
    Gpu,
    Monitoring,
    ServiceAccount,
)
from generator.lock.notes import Pending
from generator.plan.settings import Effect
from generator.render import overlay
from generator.render.effects import effects
from tests.kit.manifests import MODELS, T, a_lock, an_environment
from tests.kit.overlays import COMPONENTS

ROOT = "overlays/prod/generated/"
CONFIG, LOCK = "models.config", "models.lock.json"
DEPLOYMENT, KUSTOMIZATION = "deployment.yaml", "kustomization.yaml"


def generated(environment=None, lock=None) -> dict[str, bytes]:
    """The generated folder, by the names of its files."""
    files = overlay.generated(environment or an_environment(), lock or a_lock(), T)
    return {path.removeprefix(ROOT): data for path, data in files.items()}


def told(before, after, components=None) -> dict[str, Effect]:
    """The effects of the files that differ."""
    beside = COMPONENTS if components is None else components
    names = {it for it in {*before, *after} if before.get(it) != after.get(it)}
    return effects((beside | before).get, (beside | after).get, names)


def edited(files, name: str, old: str, new: str) -> dict[str, bytes]:
    """The files with other text in one of them."""
    text = files[name].decode()
    assert old in text
    return files | {name: text.replace(old, new).encode()}


@pytest.mark.parametrize(
    ("keys", "effect"),
    [
        ({"replicas": 5}, Effect.SCALE),
        ({"autoscaling": Autoscaling(max_replicas=4)}, Effect.SCALE),
        ({"image": "tensorflow/serving:2.19.0"}, Effect.RESTART),
        ({"batching": Batching(max_batch_size=64)}, Effect.RESTART),
        ({"gpu": Gpu()}, Effect.RESTART),
        ({"agent": True}, Effect.RESTART),
        ({"service_account": ServiceAccount(role_arn="arn:aws:iam::1:role/m")}, Effect.NONE),
        ({"service_account": ServiceAccount(name="me")}, Effect.RESTART),
        ({"namespace": "other"}, Effect.OUTAGE),
        ({"namespace": "other", "replicas": 5}, Effect.OUTAGE),
    ],
)
def test_a_key_has_the_effect_of_what_it_renders_to(keys, effect):
    """Only what is in the template of the pods, or is read at their start, rolls them."""
    found = told(generated(), generated(an_environment(**keys)))

    assert Effect.hardest(found.values()) is effect


def test_the_first_deployment_restarts_nothing():
    """No pod runs yet."""
    assert set(told({}, generated()).values()) == {Effect.NONE}


def test_models_are_reloaded():
    """Servers read their config again; nothing in the cluster reads the lock without an agent."""
    more = a_lock((*MODELS[:1],))

    assert told(generated(), generated(lock=more)) == {
        CONFIG: Effect.HOT_RELOAD,
        LOCK: Effect.NONE,
    }


def test_an_agent_reads_the_lock():
    """All but what is for the next sync, such as the settings."""
    beside = an_environment(agent=True)
    before = generated(beside)
    settled = replace(a_lock(), settings={"serving": {}}, own_generation=7)
    waiting = replace(a_lock(), pending=(Pending("bert", (8,)),))

    assert told(before, generated(beside, settled)) == {LOCK: Effect.NONE}
    assert told(before, generated(beside, waiting)) == {LOCK: Effect.HOT_RELOAD}


def test_start_files_roll_the_pods_by_their_content():
    """The name of their ConfigMap has its hash."""
    before, after = (
        generated(an_environment(monitoring=Monitoring(path=path))) for path in ("/a", "/b")
    )

    assert told(before, after)["monitoring.config"] is Effect.RESTART


@pytest.mark.parametrize(
    ("name", "old", "new", "effect"),
    [
        (KUSTOMIZATION, "kind: Component", "# mine\nkind: Component", Effect.NONE),
        (KUSTOMIZATION, "kind: Component", "namePrefix: a-\nkind: Component", Effect.OUTAGE),
        (KUSTOMIZATION, "kind: Component", "images: [{name: a}]\nkind: Component", Effect.RESTART),
        (KUSTOMIZATION, "patches:", "patches: [", Effect.RESTART),
        (DEPLOYMENT, "    spec:", "    spec:\n      hostNetwork: true", Effect.RESTART),
        (DEPLOYMENT, "\nspec:\n", "\nspec:\n  paused: true\n", Effect.NONE),
        (DEPLOYMENT, "kind: Deployment", "kind: [", Effect.RESTART),
        (DEPLOYMENT, "kind: Deployment", "kind: [Deployment]", Effect.RESTART),
    ],
)
def test_an_edit_by_hand_has_the_effect_of_what_it_touches(name, old, new, effect):
    """What a person's template renders is looked at like ours; what nobody can read may roll."""
    before = generated()

    assert told(before, edited(before, name, old, new))[name] is effect


MONITORED = an_environment(monitoring=Monitoring())
PATCH = "patches: [{{target: {{kind: {}}}, patch: '{}'}}]"


@pytest.mark.parametrize(
    ("component", "effect"),
    [
        (b"kind: Component\nresources: [more.yaml]\n", Effect.NONE),
        (PATCH.format("Service", "spec: {template: 1}").encode(), Effect.NONE),
        (PATCH.format("Deployment", "spec: {template: {a: 1}}").encode(), Effect.RESTART),
        (PATCH.format("Deployment", "spec: {replicas: 3}").encode(), Effect.SCALE),
        (
            PATCH.format("Deployment", "[{op: add, path: /spec/template/a}]").encode(),
            Effect.RESTART,
        ),
        (PATCH.format("Deployment", "[{path: /metadata/a}]").encode(), Effect.NONE),
        (PATCH.format("[Deployment]", "[{path: /spec/template/a}]").encode(), Effect.NONE),
        (b"components: [../other]", Effect.RESTART),
        (b"images: [{name: a}]", Effect.RESTART),
        (b"not: [", Effect.RESTART),
        (None, Effect.RESTART),
    ],
)
def test_a_component_has_the_effect_of_what_a_person_made_of_it(component, effect):
    """Components are theirs once they are there; one that cannot be read may roll the pods."""
    beside = {} if component is None else {"../../../components/tls/kustomization.yaml": component}
    before = edited(generated(MONITORED), KUSTOMIZATION, "/monitoring", "/gpu")
    beside |= {"../../../components/gpu/kustomization.yaml": b"kind: Component"}
    after = edited(before, KUSTOMIZATION, "/gpu", "/tls")

    assert told(before, after, beside) == {KUSTOMIZATION: effect}


def test_the_hardest_effect_is_that_of_all():
    """From none to an outage."""
    assert Effect.hardest([Effect.SCALE, Effect.RESTART, Effect.HOT_RELOAD]) is Effect.RESTART
    assert Effect.hardest([]) is Effect.NONE
