"""Where a promotion comes from, and the labels that it gives."""

from tests.kit.promotion import commit, git, policy, promote, rewrite

TAKES_FROM_DEV = '    - match: "*"\n      versions: {latest: 1, from: dev}\n'


def test_without_from_the_rule_of_the_target_says_where_it_comes_from(project):
    """The policy has it already."""
    rewrite(project, TAKES_FROM_DEV)

    result = project.run("promote", "resnet", "--to", "prod", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project)[-1] == {"match": "resnet", "versions": {"pin": [1, 2]}}


def test_the_pin_of_an_earlier_promotion_hides_the_rule_from_no_later_one(project):
    """A pin replaces `versions` with their `from`, and the rule before it still has it."""
    rewrite(project, TAKES_FROM_DEV)
    project.run("promote", "resnet@1", "--to", "prod", "--write")
    commit(project)

    result = project.run("promote", "resnet", "--to", "prod")

    assert result.exit_code == 0, result.output
    assert "dev serves it." in git(
        project, "log", "-1", "--format=%b", "tfs-gitops/promote-prod-resnet"
    )


def test_of_several_rules_the_last_one_for_the_model_counts(project):
    """As in the plan; a rule for other models does not."""
    project.environment("qa", [{"match": "*", "versions": {"latest": 1}}])
    project.run("sync", "qa")
    rules = (
        '    - match: "*"\n      versions: {latest: 1, from: dev}\n'
        "    - match: resnet\n      versions: {latest: 1, from: qa}\n"
        "    - match: other\n      versions: {latest: 1, from: dev}\n"
    )
    rewrite(project, rules)

    project.run("promote", "resnet", "--to", "prod")

    assert "qa serves it." in git(
        project, "log", "-1", "--format=%b", "tfs-gitops/promote-prod-resnet"
    )


def test_where_no_rule_says_it_a_person_must(project):
    """Nothing is guessed; neither from one that serves something else."""
    bare = project.run("promote", "resnet", "--to", "prod")
    rewrite(project, TAKES_FROM_DEV)
    unknown = project.run("promote", "bert", "--to", "prod")

    for result, model in ((bare, "resnet"), (unknown, "bert")):
        assert result.exit_code == 3
        assert f"no rule takes {model!r} from an environment that serves it" in result.stderr
        assert "hint: say which one does, with --from: dev" in result.stderr
    assert "did you mean" not in bare.stderr
    assert "did you mean 'resnet'?" in project.run("promote", "resnt", "--to", "prod").stderr


def test_a_promotion_may_label_its_version(project):
    """One command for a canary; the labels that are there stay."""
    rewrite(project, "    - match: resnet\n      versions: {pin: [1]}\n      labels: {stable: 1}\n")

    result = promote(project, "resnet", "--label", "canary", "--label", "new", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project) == [
        {
            "match": "resnet",
            "versions": {"pin": [1, 2]},
            "labels": {"stable": 1, "canary": 2, "new": 2},
        }
    ]


def test_a_label_that_is_there_moves_with_the_promotion(project):
    """Also one that followed a rule of its own."""
    rules = "    - match: resnet\n      versions: {pin: [1, 2]}\n      labels: {stable: previous}\n"
    rewrite(project, rules)

    promote(project, "resnet@2", "--label", "stable", "--write")

    assert policy(project)[0]["labels"] == {"stable": 2}
