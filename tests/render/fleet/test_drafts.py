"""`generator.render.fleet.drafts`: what `init` is to write, beside what is there."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.environment import load
from generator.environment.order import in_order
from generator.environment.texts import Texts
from generator.render.fleet import drafts, files
from generator.render.fleet.choices import BASE, NAMES, Choices, Surroundings
from tests.kit.examples import examples
from tests.kit.fleets import URL, T

STORE = "file:///fleet/store"


def reviews(repository, forge):
    """Return the keys for a repository at a URL, which is on a forge here."""
    del forge
    return {"mode": "pull-request"} if repository.startswith("https") else None


def nothing() -> Surroundings:
    """Return an empty folder."""
    return Surroundings(local_store=STORE, reviews=reviews)


def found(documents: dict[str, str]) -> Surroundings:
    """Return a folder with these documents of environments/."""
    texts = Texts({}.get, ()).edited(documents)
    return Surroundings(
        local_store=STORE,
        environments=in_order(load.load(texts, name) for name in texts.names),
        blocks={name: load.blocks(texts, name) for name in documents},
        reviews=reviews,
    )


def made(choices: Choices, there: dict[str, str] | None = None) -> dict[str, str]:
    """Return the documents after `init` with *choices*, where some are *there*."""
    surroundings = found(there) if there else nothing()
    written = files.policy_files(drafts.drafts(choices, surroundings), T)
    return (there or {}) | {
        path.removeprefix("environments/").removesuffix(".yaml"): data.decode()
        for path, data in written.items()
        if path.endswith(".yaml")
    }


def by_name(choices: Choices, surroundings: Surroundings) -> dict[str, drafts.Draft]:
    """Return the drafts by their names."""
    return {draft.name: draft for draft in drafts.drafts(choices, surroundings)}


def old_fleet(**extra: str) -> dict[str, str]:
    """Return environments without a base: staging extends dev."""
    head = "apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {{name: {}}}\nspec:\n"
    dev = head.format("dev") + (
        '  source: {url: "s3://models", region: eu-west-1, access: pull}\n'
        '  delivery: {repository: "https://git.example/a/b", branch: live, settle: 5m}\n'
        '  serving: {image: "tensorflow/serving:2.18.0", namespace: ml-dev}\n'
        '  policy: [{match: "*"}]\n'
    )
    staging = head.format("staging") + (
        "  extends: dev\n  serving: {namespace: ml-staging}\n"
        '  policy: [{match: "*", versions: {latest: 1, from: dev}}]\n'
    )
    return {"dev": dev, "staging": staging} | extra


def test_no_environment_extends_another():
    """So that no edit of one reaches another."""
    fresh = drafts.drafts(Choices(), nothing())

    assert [draft.name for draft in fresh] == [BASE, *NAMES]
    assert [draft.extends for draft in fresh] == [None, BASE, BASE, BASE]


def test_each_environment_has_an_image_of_its_own():
    """What rolls every pod is tried in one environment first."""
    base, *environments = drafts.drafts(Choices(image="i:1"), nothing())

    assert "image" not in base.serving
    assert {draft.serving["image"] for draft in environments} == {"i:1"}


@pytest.mark.parametrize(
    ("repository", "names", "reviewed"),
    [
        (URL, (), {"prod"}),
        (URL, ("a", "b"), {"b"}),
        (URL, ("a",), set()),
        (URL, ("prod",), {"prod"}),
        (URL, ("prod", "after"), {"prod", "after"}),
        ("fleet.git", (), set()),
    ],
)
def test_the_last_of_several_is_delivered_by_pull_requests_where_there_is_a_forge(
    repository, names, reviewed
):
    """And whatever is called prod."""
    found = drafts.drafts(Choices(names, repository=repository), nothing())

    assert {d.name for d in found if d.delivery.get("mode") == "pull-request"} - {BASE} == reviewed


def test_new_environments_take_over_source_and_delivery_of_what_is_there():
    """Not the store and the repository that a fresh folder would get."""
    environments = made(Choices(("prod",)), old_fleet())
    texts = Texts({}.get, ()).edited(environments)
    prod, staging = load.load(texts, "prod"), load.load(texts, "staging")

    assert prod.source == staging.source
    assert prod.delivery.mode == "pull-request"
    assert (prod.delivery.repository, prod.delivery.settle) == ("https://git.example/a/b", 300)
    assert prod.serving.image == "tensorflow/serving:2.18.0"
    assert prod.serving.namespace == "ml-prod"
    assert prod.sources == {"staging": 86400}
    assert old_fleet().items() <= environments.items()


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "endpoint": st.just("https://minio.example"),
            "region": st.just("eu-west-1"),
            "addressing": st.sampled_from(["path", "virtual"]),
            "reprove": st.just("12h"),
        },
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "branch": st.just("live"),
            "path": st.sampled_from(["", "a/b"]),
            "settle": st.just("5m"),
            "limits": st.just({"removals": "10%"}),
            "pullRequest": st.just({"labels": ["models", "on"]}),
            "author": st.just({"name": "A: #", "email": "a@b"}),
        },
    ),
    st.sampled_from(
        [{"access": "pull", "pull": {"size": 5}}, {"access": "mount", "mount": {"claimName": "c"}}]
    ),
)
def test_every_key_of_source_and_delivery_is_taken_over(source, delivery, access):
    """What pods do not see counts too: the store, the branch and the folder."""
    spec = {
        "source": {"url": "s3://models", **source, **access},
        "delivery": {"repository": "git@git.example:a/b.git", **delivery},
        "serving": {"image": "i:1"},
        "policy": [{"match": "*"}],
    }
    document = {"apiVersion": "tfs-gitops/v1", "kind": "Environment", "metadata": {"name": "one"}}
    there = {"one": yaml.safe_dump(document | {"spec": spec})}
    texts = Texts({}.get, ()).edited(made(Choices(("one", "two")), there))
    one, two = load.load(texts, "one"), load.load(texts, "two")

    assert two.source == one.source
    assert replace(two.delivery, mode="commit") == one.delivery


def test_a_base_that_is_there_is_extended_and_not_repeated():
    """Else a change of it would not reach the new environment."""
    fleet = made(Choices(("dev",), store="s3://models", repository=URL))
    (draft,) = drafts.drafts(Choices(("prod",), repository=URL), found(fleet))

    assert (draft.source, draft.delivery) == ({}, {"mode": "pull-request"})


def test_the_store_of_the_base_may_be_named_again():
    """A person repeats the command with one more option; how pods get at it is as it was."""
    fleet = made(Choices(("dev",), store="s3://models", repository=URL))
    fleet[BASE] = (
        fleet[BASE]
        .replace("    access: mount\n", "    access: pull\n")
        .replace("    mount: {driver: s3.csi.aws.com}\n", "")
    )
    (draft,) = drafts.drafts(Choices(("qa",), store="s3://models", region="eu"), found(fleet))

    assert draft.source == {"region": "eu"}


@pytest.mark.parametrize(
    ("endpoint", "is_driven"),
    [
        (None, True),
        ("https://s3.eu-west-1.amazonaws.com", True),
        ("https://bucket.vpce-1a2b-3c.s3.eu-west-1.vpce.amazonaws.com/", True),
        ("https://s3.cn-north-1.amazonaws.com.cn", True),
        ("https://minio.example", False),
        ("http://amazonaws.com.evil.example:9000", False),
    ],
)
def test_the_driver_of_aws_mounts_a_bucket_of_aws_and_a_claim_any_other(endpoint, is_driven):
    """Elsewhere pods have no role, by which the driver gets at a bucket."""
    base, *_ = drafts.drafts(Choices(("dev",), store="s3://m", endpoint=endpoint), found({}))

    wanted = {"driver": "s3.csi.aws.com"} if is_driven else {"claimName": "models"}
    assert base.source["mount"] == wanted


def test_how_the_one_before_is_delivered_is_not_taken_over():
    """What is reviewed is for each environment, and a base is for all."""
    delivery = '"https://git.example/a/b", mode: pull-request,'
    there = {
        name: text.replace('"https://git.example/a/b",', delivery)
        for name, text in old_fleet().items()
    }
    after = made(Choices(("dev", "qa", "staging")), there)

    assert load.load(Texts({}.get, ()).edited(after), "qa").delivery.mode == "commit"


def test_what_is_chosen_for_a_new_environment_is_its_own():
    """The others keep what they have."""
    fleet = made(Choices(("dev",), store="s3://models", repository=URL))
    chosen = Choices(("qa",), store="s3://other", region="us-east-1", branch="qa", path="x")
    (draft,) = drafts.drafts(chosen, found(fleet))

    assert draft.source == {"url": "s3://other", "region": "us-east-1"}
    assert draft.delivery["branch"] == "qa"
    assert load.load(Texts({}.get, ()).edited(made(chosen, fleet)), "qa").source.mount


def test_what_a_base_does_not_say_comes_from_an_environment():
    """A base may hold as little as one key."""
    base = (
        "apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {name: _base}\n"
        "spec: {serving: {monitoring: {enabled: true}}}\n"
    )
    prod = by_name(Choices(("prod",)), found(old_fleet(_base=base)))["prod"]

    assert prod.source["url"] == "s3://models"
    assert prod.delivery["branch"] == "live"


@pytest.mark.parametrize(
    ("there", "asked", "order"),
    [
        ((), (), NAMES),
        ((), ("b", "a"), ("b", "a")),
        (("dev", "prod"), ("staging",), NAMES),
        (("dev", "prod"), ("qa",), ("dev", "prod", "qa")),
        (("dev", "prod"), ("dev", "qa"), ("dev", "qa", "prod")),
        (("dev", "prod"), ("qa", "prod"), ("dev", "qa", "prod")),
        (("staging",), (), ("staging",)),
        (("staging", "prod"), (), ("staging", "prod")),
        (("live",), (), ("live",)),
    ],
)
def test_a_new_environment_comes_where_it_is_asked_for(there, asked, order):
    """Behind the one before it; by itself where dev, staging and prod usually come; else last.

    A fleet gets none that nobody asks for: the next sync would deliver it.
    """
    fleet = made(Choices(there)) if there else None
    surroundings = found(fleet) if fleet else nothing()

    assert drafts.order(Choices(asked), surroundings) == order


@settings(max_examples=examples(30))
@given(
    st.lists(st.sampled_from([*NAMES, "qa", "eu", "us"]), unique=True),
    st.lists(st.sampled_from([*NAMES, "qa", "eu", "us"]), unique=True),
    st.sampled_from([None, "s3://models", "gs://models", "file:///models"]),
    st.sampled_from([None, URL, "git@gitlab.com:a/b.git", "other.git"]),
)
def test_every_fleet_loads_and_stays_as_it_is(first, second, store, repository):
    """Whatever is asked for first, and whatever is asked for then."""
    before = made(Choices(tuple(first), store=store, repository=repository))
    after = made(Choices(tuple(second)), before)
    texts = Texts({}.get, ()).edited(after)

    assert before.items() <= after.items()
    for name in texts.names:
        environment = load.load(texts, name)
        assert environment.source.url == (store or STORE)
        assert environment.delivery.repository == (repository or "fleet.git")
    assert made(Choices(tuple(second)), after) == after
