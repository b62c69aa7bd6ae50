"""The check of environments: one with another, and where they deliver to."""

import pytest

from generator.cli.check import environments
from generator.cli.check.destination import Destinations
from generator.cli.check.report import Kind
from generator.delivery.commitment import Commitment
from generator.delivery.git.branch import Branch
from generator.delivery.git.checkout import create_empty
from generator.delivery.git.local import LocalRefs
from generator.environment.texts import Texts
from generator.render.agent_image import COMPONENT

HERE = Destinations({})

BASE = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: _base}
spec:
  source: {url: "s3://models", access: mount, mount: {claimName: models}}
  delivery: {repository: "https://github.com/acme/fleet.git"}
  serving:
    image: tensorflow/serving:2.19.1
    namespace: models
"""


def extending(name: str, more: str = "") -> str:
    """Return an environment that extends the base."""
    head = BASE.partition("spec:")[0].replace("_base", name)
    return f"{head}spec:\n  extends: _base\n{more}  policy: [{{match: a}}]\n"


def project(**documents: str) -> Texts:
    """Return the texts of a project."""
    return Texts(documents.get, ()).edited(documents)


def told(report) -> dict[str, list[str]]:
    """Return the problems by code."""
    found: dict[str, list[str]] = {}
    for one in report.diagnostics:
        found.setdefault(one.code, []).append(str(one.sentence))
    return found


def test_an_error_in_a_base_is_told_once_for_all_that_extend_it():
    """And all of them fail."""
    wrong = BASE.replace("namespace: models", "namespace: {}")
    report = environments.check_all(
        project(_base=wrong, dev=extending("dev"), prod=extending("prod")), HERE
    )

    [problem] = told(report)["invalid-environment"]
    assert problem.startswith("environments/_base.yaml:9:5: spec.serving.namespace: found {}")
    assert problem.endswith("(inherited by dev, prod)")
    assert [one.is_ok for one in report.files] == [False, False]


def test_environments_are_told_in_the_order_of_from():
    """What they extend, and what does not load, comes before."""
    chain = {
        "prod": extending("prod").replace(
            "match: a", "match: a, versions: {latest: 1, from: staging}"
        ),
        "staging": extending("staging").replace(
            "match: a", "match: a, versions: {latest: 1, from: zero}"
        ),
        "zero": extending("zero"),
        "wrong": extending("wrong").replace("match", "mtach"),
    }
    report = environments.check_all(project(_base=BASE, **chain), HERE)

    assert [one.environment for one in report.files] == ["wrong", "zero", "staging", "prod"]


def test_a_warning_of_an_inherited_key_is_told_once():
    """At the line of the base that sets it."""
    base = BASE.replace("2.19.1", "latest")
    report = environments.check_all(
        project(_base=base, dev=extending("dev"), prod=extending("prod")), HERE
    )

    [problem] = told(report)["image-not-pinned"]
    assert problem.startswith("environments/_base.yaml:8:5: spec.serving.image ")
    assert problem.endswith("(inherited by dev, prod)")


def test_what_is_taken_from_is_not_what_is_inherited():
    """Whoever waits for an environment that is broken fails with it, and has nothing from it."""
    waits = extending("prod").replace("match: a", "match: a, versions: {latest: 1, from: dev}")
    texts = project(_base=BASE, dev=extending("dev", "  servin: {}\n"), prod=waits)

    report = environments.check_all(texts, HERE)

    [problem] = told(report)["invalid-environment"]
    assert problem.startswith("environments/dev.yaml:6:3: unknown key 'servin'")
    assert "inherited" not in problem
    assert [one.is_ok for one in report.files] == [False, False]


def test_a_base_is_checked_with_those_that_extend_it_or_alone():
    """Nothing that lies in the folder is passed over."""
    texts = project(_base=BASE, _other=BASE.replace("_base", "_other"), dev=extending("dev"))
    report = environments.check_all(texts, HERE)

    assert [(one.environment, one.kind) for one in report.files] == [
        ("_other", Kind.BASE),
        ("dev", Kind.ENVIRONMENT),
    ]
    broken = project(_other="{", dev=extending("dev"), _base=BASE)
    assert environments.check_all(broken, HERE).exit_code == 3


def test_a_document_is_checked_with_those_that_extend_it():
    """Whoever edits it edits them; one that cannot be read itself is no fault of its."""
    base = BASE.replace("    image: tensorflow/serving:2.19.1\n", "")
    texts = project(
        _base=base,
        dev=extending("dev"),
        broken="spec: [",
        other=BASE.replace("_base", "other") + "  policy: [{match: a}]\n",
    )

    report = environments.check_with_extending(texts, "_base", HERE)

    assert [(one.environment, one.is_ok) for one in report.files] == [
        ("_base", True),
        ("dev", False),
    ]
    assert "spec.serving.image is missing" in told(report)["invalid-environment"][0]


@pytest.mark.parametrize(
    ("repository", "forge", "environ", "says"),
    [
        ("fleet.git", "", {}, "it is on no forge"),
        ("file:///srv/fleet.git", "", {}, "it is on no forge"),
        ("https://git.example/acme/fleet.git", "", {}, "no telling which forge git.example is"),
        ("https://github.com/fleet.git", "", {}, "is not the path of a project on GitHub"),
        ("https://git.example/fleet.git", "{type: gitlab}", {}, "is not the path of a project"),
        ("https://github.com/acme/fleet.git", "", {}, None),
        ("git@gitlab.com:acme/group/fleet.git", "", {}, None),
        ("https://git.example/acme/fleet.git", "{type: github}", {}, None),
        (
            "https://git.example/acme/fleet.git",
            "",
            {"GITHUB_API_URL": "https://git.example/api/v3"},
            None,
        ),
    ],
)
def test_pull_requests_that_cannot_be_opened_are_warned_of(repository, forge, environ, says):
    """From the file alone, before a sync fails; a runner of the forge itself knows better."""
    own = f"  delivery: {{mode: pull-request, repository: '{repository}'"
    own += f", forge: {forge}}}\n" if forge else "}\n"
    texts = project(_base=BASE, dev=extending("dev", own))

    found = told(environments.check(texts, ["dev"], Destinations(environ)))

    assert ("no-pull-request" in found) == (says is not None)
    assert (says or "") in found.get("no-pull-request", [""])[0]


def test_a_mode_that_is_inherited_is_warned_of_once():
    """At its line, with the environments that extend it."""
    base = BASE.replace("{repository:", "{mode: pull-request, repository:").replace(
        "https://github.com/acme/fleet.git", "fleet.git"
    )
    texts = project(_base=base, dev=extending("dev"), prod=extending("prod"))

    [problem] = told(environments.check_all(texts, HERE))["no-pull-request"]

    assert problem.startswith("environments/_base.yaml:6: spec.delivery.mode: ")
    assert problem.endswith("(inherited by dev, prod)")


def test_commits_need_no_forge():
    """The same repository is fine where nobody is asked."""
    own = "  delivery: {mode: commit, repository: fleet.git}\n"

    assert (
        told(environments.check(project(_base=BASE, dev=extending("dev", own)), ["dev"], HERE))
        == {}
    )


AGENT = "  serving: {agent: true}\n"


def agents(folder, repository: str) -> list[str]:
    """Return what is told of the agent's image in a project that delivers to *repository*."""
    own = AGENT + f"  delivery: {{repository: {repository}}}\n"
    texts = project(_base=BASE, dev=extending("dev", own))
    report = environments.check(texts, ["dev"], Destinations({}, folder))
    return told(report).get("agent-image", [])


def test_an_agent_whose_image_nobody_has_is_warned_of(tmp_path):
    """As the repository on this machine has it; one that is not there yet gets the built-in one."""
    create_empty(tmp_path / "fleet.git", "main")
    [empty] = agents(tmp_path, "fleet.git")
    Branch(LocalRefs(tmp_path / "fleet.git"), "main").commit(
        Commitment(
            {COMPONENT: b"images: [{name: tfs-gitops, newName: registry.example/a}]"}, (), ""
        )
    )

    assert empty.startswith("environments/dev.yaml:6:")
    assert "'tfs-gitops:0.1.0'" in empty
    assert agents(tmp_path, "fleet.git") == []


def test_an_agents_image_elsewhere_is_not_known(tmp_path):
    """A check asks no server; it sees what the checkout of policies and overlays has."""
    elsewhere = "https://git.example/fleet.git"
    unknown = agents(tmp_path, elsewhere), agents(None, elsewhere), agents(tmp_path, "missing.git")
    (tmp_path / COMPONENT).parent.mkdir(parents=True)
    (tmp_path / COMPONENT).write_text("images: [{name: tfs-gitops, newTag: '1'}]")

    assert unknown == ([], [], [])
    assert "'tfs-gitops:1'" in agents(tmp_path, elsewhere)[0]
