"""Bases, `environments/_NAME.yaml`: extended by environments, and never one themselves."""

import pytest

from generator.environment import load
from generator.environment.load import extended_by
from generator.environment.project_folder import texts
from generator.environment.texts import Texts, is_base
from generator.errors import InvalidInputError

BASE = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: _base}
spec:
  source: {url: "s3://models", access: mount, mount: {claimName: models}}
  delivery: {repository: fleet.git}
  serving: {replicas: 2, monitoring: {enabled: true}}
"""

HEAD = "apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {name: NAME}\n"


def environment(name: str, spec: str = "extends: _base, serving: {image: 'i:1'}") -> str:
    """Return the text of an environment with one rule."""
    return f"{HEAD.replace('NAME', name)}spec: {{{spec}, policy: [{{match: a}}]}}\n"


def project(**documents: str) -> Texts:
    """Return the texts of a project with these documents and those that most tests need."""
    found = {"_base": BASE, "dev": environment("dev")} | documents
    return Texts(found.get, ()).edited(found)


def problems(known: Texts, name: str) -> tuple[str, ...]:
    """Return the problems of an environment that must be refused."""
    with pytest.raises(InvalidInputError) as raised:
        load.load(known, name)
    assert raised.value.hint
    return raised.value.problems


def test_an_environment_takes_over_what_its_base_says():
    """The base has neither an image nor a policy, and need not."""
    found = load.load(project(), "dev")

    assert found.source.url == "s3://models"
    assert found.serving.image == "i:1"
    assert found.serving.replicas == 2


def test_a_base_is_no_environment(tmp_path):
    """No command that goes through all environments meets one."""
    (tmp_path / "environments").mkdir()
    for name, text in (("_base", BASE), ("_gpu", BASE), ("dev", environment("dev"))):
        (tmp_path / "environments" / f"{name}.yaml").write_text(text)

    found = texts(tmp_path)

    assert (found.names, found.bases) == (("dev",), ("_base", "_gpu"))
    (problem,) = problems(found, "_base")
    assert problem == "'_base' is a base, as its name begins with _: environments extend it"


def test_an_edit_of_a_base_is_seen_by_those_that_extend_it():
    """And adds no environment."""
    edited = project().edited({"_base": BASE.replace("replicas: 2", "replicas: 5")})

    assert edited.names == ("dev",)
    assert load.load(edited, "dev").serving.replicas == 5


def test_a_base_may_extend_another():
    """As an environment may."""
    gpu = f"{HEAD.replace('NAME', '_gpu')}spec: {{extends: _base, serving: {{replicas: 7}}}}\n"
    known = project(_gpu=gpu, dev=environment("dev", "extends: _gpu, serving: {image: 'i:1'}"))

    assert load.load(known, "dev").serving.replicas == 7
    assert load.load(known, "dev").source.url == "s3://models"


def test_a_base_has_no_policy():
    """Its rules would hold nowhere."""
    known = project(_base=BASE + "  policy: [{match: a}]\n")

    (problem,) = problems(known, "dev")

    assert problem == (
        "environments/_base.yaml:8:3: spec.policy: A base serves nothing, so it has no policy: "
        "write the rules into the environments"
    )


def test_an_environment_has_a_policy():
    """What a base may leave out, it may not."""
    text = environment("dev").replace(", policy: [{match: a}]", "")

    (problem,) = problems(project(dev=text), "dev")

    assert problem == "environments/dev.yaml:4:1: spec: the key 'policy' is missing"


@pytest.mark.parametrize("name", ["base", "_other"])
def test_a_base_is_named_as_its_file(name):
    """The name is what `extends` says."""
    (problem, *_) = problems(project(_base=BASE.replace("_base", name)), "dev")

    assert problem == (
        f"environments/_base.yaml:3:12: metadata.name: found {name!r}, "
        "expected the file's name, '_base'"
    )


@pytest.mark.parametrize("name", ["_", "__base", "_Base", "_base-", f"_{'a' * 64}"])
def test_a_base_is_named_as_an_environment_behind_its_underscore(name):
    """So that its file has a name that all systems take."""
    (problem,) = problems(
        project(**{name: BASE.replace("_base", name)}, dev=extending(name)), "dev"
    )

    assert f'found "{name}", expected a DNS label' in problem


def extending(base: str) -> str:
    """Return an environment that extends the document *base*, whatever its name."""
    return environment("dev", f"extends: '{base}', serving: {{image: 'i:1'}}")


def test_nothing_is_taken_from_a_base():
    """It serves nothing."""
    text = environment("dev").replace("match: a", "match: a, versions: {latest: 1, from: _base}")

    (problem,) = problems(project(dev=text), "dev")

    assert 'versions.from: found "_base"' in problem


def test_a_base_that_is_missing_is_asked_for_by_what_is_there():
    """A slip of the name is found."""
    known = project(dev=extending("_bsae"), staging=environment("staging"))

    (problem,) = problems(known, "dev")

    assert problem.startswith("environments/dev.yaml:4:8: no base '_bsae': ")
    assert problem.endswith("does not exist; did you mean '_base'?")


def test_bases_that_extend_each_other_are_refused():
    """The whole circle is told."""
    circle = BASE.replace("spec:", "spec:\n  extends: _base")

    assert "circle: dev -> _base -> _base" in problems(project(_base=circle), "dev")[0]


def test_a_base_is_checked_alone():
    """What only an environment can complete may be missing; what is wrong is told."""
    assert load.blocks(project(), "_base")["serving"]["replicas"] == 2
    with pytest.raises(InvalidInputError, match="unknown key 'servin'"):
        load.blocks(project(_base=BASE.replace("serving", "servin")), "_base")


def test_those_that_extend_a_base_are_known_at_any_remove():
    """One that cannot be read may do it, so it is among them."""
    known = project(
        prod=environment("prod", "extends: dev"),
        other=environment("other", "serving: {image: 'i:1'}"),
        broken="spec: [",
    )

    assert extended_by(known, "_base") == ("broken", "dev", "prod")
    assert is_base("_base")


def test_a_warning_is_at_the_line_that_sets_the_key():
    """That is in the base, of all that extend it the same."""
    base = BASE.replace("replicas: 2", 'image: "tensorflow/serving:latest"')
    known = project(_base=base, dev=environment("dev", "extends: _base"))

    (warned,) = load.load(known, "dev").warnings

    assert str(warned.message).startswith("environments/_base.yaml:7:13: spec.serving.image ")
