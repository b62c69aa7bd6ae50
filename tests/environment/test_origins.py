"""`generator.environment.origins`: which settings come from which file."""

from hypothesis import given
from hypothesis import strategies as st

from generator.environment import load
from generator.environment.environment import Environment
from generator.environment.origins import inherited
from generator.environment.texts import Texts

HEAD = "apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {name: NAME}\n"
BASE = """\
spec:
  source: {url: "s3://models", access: mount, mount: {claimName: models}}
  delivery: {repository: fleet.git, path: a}
  serving: {image: "i:1", resources: {limits: {cpu: 1}, requests: {cpu: 1}}, replicas: 2}
"""


def loaded(own: str, **others: str) -> Environment:
    """Return the environment dev of *own* keys, which extends what is said there."""
    documents = {"dev": f"spec: {{{own}, policy: [{{match: a}}]}}\n", "_base": BASE} | others
    texts = Texts({}.get, ()).edited(
        {name: HEAD.replace("NAME", name) + text for name, text in documents.items()}
    )
    return load.load(texts, "dev")


def test_a_block_that_comes_from_one_file_is_one_key():
    """Ten lines of its keys would say no more."""
    found = inherited(loaded("extends: _base"))

    assert found == {"environments/_base.yaml": ("delivery", "serving", "source")}


def test_a_block_that_is_partly_its_own_is_told_by_its_keys():
    """Down to the key that is shared."""
    own = "delivery: {mode: pull-request}, serving: {replicas: 3, resources: {limits: {cpu: 2}}}"

    assert inherited(loaded(f"extends: _base, {own}")) == {
        "environments/_base.yaml": (
            "delivery.path",
            "delivery.repository",
            "serving.image",
            "serving.resources.requests",
            "source",
        )
    }


def test_the_nearest_file_that_sets_a_key_is_told():
    """A base may extend another."""
    gpu = "spec: {extends: _base, serving: {image: 'gpu:1'}}\n"

    assert inherited(loaded("extends: _gpu, source: {url: 's3://mine'}", _gpu=gpu)) == {
        "environments/_gpu.yaml": ("serving.image",),
        "environments/_base.yaml": (
            "delivery",
            "serving.replicas",
            "serving.resources",
            "source.access",
            "source.mount",
        ),
    }


def test_what_is_left_behind_is_not_told():
    """Another access drops the mount of the base."""
    own = "extends: _base, source: {access: direct}, serving: {s3: true}"
    found = inherited(loaded(own))["environments/_base.yaml"]

    assert "source.url" in found
    assert "source.mount" not in found


def test_an_environment_without_a_base_takes_nothing_over():
    """All of it is its own."""
    own = "source: {url: 'gs://m'}, delivery: {repository: f.git}, serving: {image: 'i:1'}"

    assert inherited(loaded(own)) == {}


OWN = {
    "source": {"region": "eu", "reprove": "1h"},
    "delivery": {"path": "b", "mode": "commit"},
    "serving": {"image": "i:2", "replicas": 7, "namespace": "n"},
}


@given(st.sets(st.sampled_from([(block, key) for block in OWN for key in OWN[block]])))
def test_a_key_is_told_if_and_only_if_another_file_sets_it(keys):
    """Whatever the environment says itself."""
    blocks = {
        block: ", ".join(f"{key}: '{OWN[block][key]}'" for at, key in sorted(keys) if at == block)
        for block in OWN
    }
    own = ", ".join(f"{block}: {{{text}}}" for block, text in blocks.items())
    environment = loaded(f"extends: _base, {own}".replace("'7'", "7"))
    told = set(inherited(environment).get("environments/_base.yaml", ()))
    places = environment.settings.places

    for path, place in places.items():
        if any(other[: len(path)] == path for other in places if other != path):
            continue  # a block, whose keys are looked at
        names = {".".join(path[:length]) for length in range(1, len(path) + 1)}
        assert bool(names & told) is (place.file == "environments/_base.yaml"), path
