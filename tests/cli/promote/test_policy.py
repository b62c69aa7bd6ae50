"""What a promotion does to the rules of the other environment."""

from pathlib import Path

import pytest

from tests.kit.promotion import commit, file, git, policy, promote, rewrite
from tests.servers.origin import Origin


def test_replace_leaves_the_promoted_version_alone(project):
    """Labels that name a version by its number follow it; others stay."""
    rules = (
        "    - match: resnet\n      versions: {pin: [1]}\n      labels: {stable: 1, new: latest}\n"
    )
    rewrite(project, rules)

    result = promote(project, "resnet", "--replace", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project) == [
        {"match": "resnet", "versions": {"pin": [2]}, "labels": {"stable": 2, "new": "latest"}}
    ]


def test_a_label_that_cannot_follow_stops_the_edit(project):
    """`previous` of one version is nothing: the result would not load, so nothing is written."""
    project.publish("resnet", 3)
    project.run("sync", "dev")
    rules = "    - match: resnet\n      versions: {pin: [1, 2]}\n      labels: {old: previous}\n"
    rewrite(project, rules)
    before = file(project).read_bytes()

    result = promote(project, "resnet", "--replace", "--write")

    assert result.exit_code == 3
    assert "nothing was written" in result.stderr
    assert "label 'old' wants the previous version" in result.stderr
    assert file(project).read_bytes() == before


def test_gates_of_the_own_rule_stay(project):
    """`latest` and `all` go; `minAge` and `from` are what a person decided."""
    rules = "    - match: resnet\n      versions: {latest: 1, minAge: 24h, from: dev}\n"
    rewrite(project, rules)

    promote(project, "resnet@2", "--write")

    assert policy(project)[0]["versions"] == {"pin": [1, 2], "minAge": "24h", "from": "dev"}


def test_gates_of_a_general_rule_are_told(project):
    """The pin overrides them for this model, and the operator should know."""
    rewrite(project, '    - match: "*"\n      versions: {latest: 1, from: dev}\n')

    result = promote(project, "resnet@1", "--write")

    assert "note: the pin goes before `latest 1 from dev`" in result.stderr
    assert "environments/prod.yaml:" in result.stderr


def test_a_rule_that_pins_nothing_keeps_what_is_served_now(project):
    """Promoting 1 where 2 is served takes nothing away."""
    rewrite(project, '    - match: "*"\n      versions: {latest: 1}\n')
    project.publish("resnet", 3)
    project.run("sync", "dev")

    promote(project, "resnet@2", "--write")

    assert policy(project) == [
        {"match": "*", "versions": {"latest": 1}},
        {"match": "resnet", "versions": {"pin": [1, 2]}},
    ]


def test_a_later_rule_does_not_take_the_effect_away(project):
    """Then the model gets one more rule, after it."""
    rewrite(project, '    - match: resnet\n    - match: "res*"\n      versions: {latest: 1}\n')

    result = promote(project, "resnet@2", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project)[-1] == {"match": "resnet", "versions": {"pin": [1, 2]}}
    assert len(policy(project)) == 3
    assert policy(project)[0] == {"match": "resnet"}


def test_what_an_anchor_shares_stays_what_it_is(project):
    """The rule whose value another one repeats gets a rule after it."""
    rules = (
        "    - match: resnet\n      versions: &one {pin: [1]}\n"
        "    - match: bert\n      versions: *one\n"
    )
    rewrite(project, rules)

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 0, result.output
    added = "    - match: resnet\n      versions: {pin: [1, 2]}\n"
    assert file(project).read_text().endswith(rules + added)


def test_a_policy_that_cannot_be_edited_is_left_to_a_person(project, monkeypatch):
    """With the rule to add, and nothing written."""
    monkeypatch.setattr("generator.environment.edit.rule_edit.in_place", lambda *_: None)
    monkeypatch.setattr("generator.environment.edit.rule_edit.appended", lambda *_: None)
    before = file(project).read_bytes()

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "- {match: resnet, versions: {pin: [1, 2]}}" in result.stderr
    assert file(project).read_bytes() == before


def test_merge_keys_are_refused_as_everywhere(project):
    """An environment has none: `<<` is an unknown key, with its place."""
    rules = "    - &all\n      match: resnet\n    - <<: *all\n      versions: {pin: [1]}\n"
    rewrite(project, rules)

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "'<<'" in result.stderr


def test_a_name_is_not_the_base_path(project):
    """MODEL is what clients ask for; the rule is found by the base path behind it."""
    project.publish("vision", 1)
    (project.store / "index-team.csv").write_text(
        "".join(
            f"team/vision,team/vision/1/{path.relative_to(project.store / 'vision/1')},{digest}\n"
            for path, digest in _copied(project, "vision/1", "team/vision/1")
        )
    )
    named = {"match": "team/vision", "name": "eyes"}
    project.environment("dev", [{"match": "*", "versions": {"all": True}}, named])
    project.environment("prod", [{"match": "resnet"}, {"match": "team-vision", "name": "eyes"}])
    commit(project)
    assert project.run("sync", "dev").exit_code == 0

    result = promote(project, "eyes", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project)[1] == {"match": "team-vision", "name": "eyes", "versions": {"pin": [1]}}
    assert "note" not in result.stderr


def _copied(project, source, target):
    """Copy a version directory in the store; yield each file with its MD5."""
    import hashlib  # noqa: PLC0415

    for path in sorted((project.store / source).rglob("*")):
        if path.is_file():
            copy = project.store / target / path.relative_to(project.store / source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            yield path, hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def test_another_name_in_the_other_environment_is_told(project):
    """Clients there would ask for the wrong one."""
    rewrite(project, "    - match: resnet\n      name: images\n")

    result = promote(project, "resnet@2", "--write")

    assert result.exit_code == 0
    assert "prod will serve 'resnet' as 'images', dev serves it as 'resnet'" in result.stderr


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ('    - {match: "*"}\n    - {match: resnet, exclude: true}\n', "prod excludes resnet"),
        ('    - {match: "*", hold: true}\n', "prod keeps what it serves of resnet"),
    ],
)
def test_a_rule_that_stands_against_it_is_named(project, rules, expected):
    """A pin beside `exclude` or `hold` would have no effect."""
    rewrite(project, rules)

    result = promote(project, "resnet@2", "--write")

    assert result.exit_code == 3
    assert expected in result.stderr
    assert "environments/prod.yaml:" in result.stderr


def test_a_name_that_another_base_path_has_is_taken(project):
    """Both would be held as a collision."""
    rewrite(project, "    - {match: resnet}\n    - {match: bert, name: resnet}\n")
    project.publish("bert", 1)
    project.run("sync", "dev")
    project.environment("test", [{"match": "bert", "name": "resnet"}])
    project.run("sync", "test")

    result = promote(project, "resnet", "--write", target="test")

    assert result.exit_code == 3
    assert "test serves 'bert' as 'resnet'" in result.stderr


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("resnett", "dev serves no model 'resnett'; did you mean 'resnet'?"),
        ("resnet@9", "it serves 1 and 2"),
    ],
)
def test_only_what_is_served_can_be_promoted(project, model, expected):
    """The error names what is."""
    result = promote(project, model)

    assert result.exit_code == 3
    assert expected in result.stderr


@pytest.mark.parametrize("model", ["resnet@x", "resnet@", "@1", "resnet@-1", "resnet@²", ""])
def test_a_version_is_a_number(project, model):
    """Anything else is a mistake on the command line."""
    result = promote(project, model)

    assert result.exit_code == 2
    assert "MODEL@VERSION" in result.stderr


def test_an_unknown_environment_is_told(project):
    """On either side, with what is meant perhaps."""
    for origin, target in (("devv", "prod"), ("dev", "prodd")):
        result = promote(project, "resnet", origin=origin, target=target)

        assert result.exit_code == 3
        assert "did you mean" in result.stderr
    assert promote(project, "resnet", origin="dev", target="dev").exit_code == 2


def test_what_was_promoted_is_served_after_the_sync(project, origin: Origin):
    """The commit of a person, then the sync's: the story that a README tells."""
    promote(project, "resnet")
    git(project, "merge", "--quiet", "tfs-gitops/promote-prod-resnet")

    result = project.run("sync", "prod")

    assert "resnet: versions 1 -> 1,2" in result.stdout
    assert Path(file(project)).read_text().count("pin") == 1
