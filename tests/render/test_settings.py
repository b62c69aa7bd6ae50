"""The settings that a plan tells: each with its line, and with the effect of its own."""

from pathlib import Path

import pytest

from generator.environment import load
from generator.environment.environment import Environment
from generator.environment.texts import Texts
from generator.plan.settings import Effect, Setting
from generator.render.settings import Comparison
from generator.render.templates import Templates
from tests.kit.drawn_settings import document
from tests.kit.manifests import T, a_lock
from tests.kit.overlays import COMPONENTS

TEMPLATES = Path(__file__).parents[2] / "templates"
ROLE = "arn:aws:iam::123456789012:role/models"
SOURCE = {"url": "s3://models"}
DELIVERY = {"repository": "https://git.example/fleet.git"}
SERVING = {"image": "tensorflow/serving:2.19.1"}


def environment(source=None, serving=None) -> Environment:
    """An environment with more keys."""
    spec = {
        "source": {**SOURCE, **(source or {})},
        "delivery": DELIVERY,
        "serving": {**SERVING, **(serving or {})},
        "policy": [{"match": "*"}],
    }
    return load.load(Texts({"prod": document("prod", spec)}.get, ("prod",)), "prod")


def told(before: Environment, after: Environment, templates: Templates = T) -> dict[str, Setting]:
    """The settings that differ, by key."""
    compared = Comparison(after, before.settings.data, a_lock(), templates, COMPONENTS.get)
    return {it.key: it for it in compared.told(Effect.OUTAGE)}


def effects(before: Environment, after: Environment) -> dict[str, Effect]:
    """Their effects."""
    return {key: it.effect for key, it in told(before, after).items()}


def test_keys_that_change_together_have_an_effect_each():
    """What rolls the pods is told apart from what does not."""
    more = {"image": "a:1", "replicas": 5, "serviceAccount": {"roleArn": ROLE}}

    assert effects(environment(), environment(serving=more)) == {
        "serving.image": Effect.RESTART,
        "serving.replicas": Effect.SCALE,
        "serving.serviceAccount.roleArn": Effect.NONE,
    }


MOUNT = {"access": "mount", "mount": {"claimName": "models"}}


@pytest.mark.parametrize("is_new", [True, False])
def test_a_key_that_does_nothing_alone_has_the_effect_that_it_has_with_the_others(is_new):
    """A volume is none without `access: mount`, whichever of the two was there first."""
    pair = (environment(), environment(source=MOUNT))

    assert effects(*(pair if is_new else pair[::-1])) == {
        "source.access": Effect.RESTART,
        "source.mount.claimName": Effect.RESTART,
    }


def test_a_block_that_goes_is_told_by_its_keys():
    """From what each was, to none; what it did by being there is the effect of its keys."""
    found = told(environment(serving={"monitoring": {"enabled": True}}), environment())

    (setting,) = found.values()
    assert (setting.key, setting.before, setting.after) == (
        "serving.monitoring.enabled",
        True,
        None,
    )
    assert setting.effect is Effect.RESTART


def test_another_store_is_read_again_by_agents():
    """Its URL is in the lock, and in no pod."""
    other = environment(source={"url": "s3://others"})

    assert effects(environment(), other) == {"source.url": Effect.HOT_RELOAD}


def test_a_template_that_takes_no_mixture_leaves_the_effect_of_all(tmp_path: Path):
    """A person's template may insist that two keys go together."""
    (tmp_path / "overlay/generated").mkdir(parents=True)
    own = (
        "{% set it = environment.serving %}{% if it.tflite == it.warmup %}{{ 1 / 0 }}{% endif %}"
        "{% include 'overlay/generated/ours.yaml' %}"
    )
    deployment = Path(TEMPLATES, "overlay/generated/deployment.yaml").read_text()
    (tmp_path / "overlay/generated/ours.yaml").write_text(deployment)
    (tmp_path / "overlay/generated/deployment.yaml").write_text(own)
    after = environment(serving={"tflite": True, "warmup": False})

    found = told(environment(serving={"tflite": False, "warmup": True}), after, Templates(tmp_path))

    assert {it.effect for it in found.values()} == {Effect.OUTAGE}


@pytest.mark.parametrize("before", [{}, {"serving": {"image": 5}}, {"source": {"url": "x"}}])
def test_settings_that_no_document_could_have_leave_the_effect_of_all(before):
    """A person edited the lock: what was is told as it stands there."""
    after = environment()
    found = Comparison(after, before, a_lock(), T, COMPONENTS.get).told(Effect.SCALE)

    assert {it.effect for it in found} == {Effect.SCALE}
