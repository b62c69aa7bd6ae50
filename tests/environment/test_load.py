"""`environment.yaml_document`, `schema` and `load`: environment files and their errors."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.environment import load, schema, yaml_document
from generator.environment.environment import Choice
from generator.environment.project_folder import texts
from generator.errors import InvalidInputError, Place
from tests.kit.environments import GOOD


@pytest.fixture
def project(tmp_path):
    """Return a project folder with the environment dev."""
    (tmp_path / "environments").mkdir()
    write(tmp_path, "dev", GOOD)
    return tmp_path


def write(project, name, text):
    """Write an environment file."""
    (project / "environments" / f"{name}.yaml").write_text(textwrap.dedent(text))


def problems(project, name="dev"):
    """Return the problems of an environment that must be refused."""
    with pytest.raises(InvalidInputError) as raised:
        load.load(texts(project), name)
    assert raised.value.hint
    return raised.value.problems


def test_a_good_document_becomes_values(project):
    """Defaults are filled in; rules know their line."""
    environment = load.load(texts(project), "dev")

    assert environment.name == "dev"
    assert environment.source.location.prefix == "team"
    assert environment.delivery.branch == "main"
    assert environment.serving.polling.config == 60
    assert environment.policy[0].versions == Choice(latest=2)
    assert environment.policy[0].position == "environments/dev.yaml:15"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "  policy:",
            "  polcy:",
            [
                "environments/dev.yaml:5:1: spec: the key 'policy' is missing",
                "environments/dev.yaml:14:3: unknown key 'polcy': did you mean 'policy'?",
            ],
            id="unknown-key",
        ),
        pytest.param(
            "latest: 2",
            "latest: two",
            ['environments/dev.yaml:16:18: spec.policy.0.versions.latest: found "two"'],
            id="wrong-type",
        ),
        pytest.param(
            "      versions: {latest: 2}",
            "      probe: true",
            ["environments/dev.yaml:16:7: spec.policy.0.probe: found true, expected the probe"],
            id="false-alone",
        ),
        pytest.param(
            "kind: Environment",
            "kind: Enviroment",
            ["environments/dev.yaml:2:1: kind: found \"Enviroment\", expected 'Environment'"],
            id="kind",
        ),
        pytest.param(
            "access: mount",
            "access: mout",
            ['environments/dev.yaml:8:5: spec.source.access: found "mout"'],
            id="did-you-mean",
        ),
        pytest.param(
            "kind: Environment",
            "kind: Environment\nkind: Environment",
            ["environments/dev.yaml:3:1: the key 'kind' is here twice (first on line 2)"],
            id="duplicate-key",
        ),
        pytest.param(
            "  name: dev",
            "  name: prod",
            ["environments/dev.yaml:4:3: metadata.name: found 'prod', expected the file's name"],
            id="name-is-the-stem",
        ),
        pytest.param(
            "    image: tensorflow/serving:2.19.1",
            "    replicas: 1",
            ["environments/dev.yaml:12:3: spec.serving.image is missing"],
            id="incomplete",
        ),
    ],
)
def test_a_problem_is_told_with_its_place_and_what_was_expected(project, old, new, expected):
    """File, line, column; what was found; what was expected."""
    assert old in GOOD
    write(project, "dev", GOOD.replace(old, new, 1))

    found = problems(project)

    assert len(found) == len(expected), found
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(start)


@pytest.mark.parametrize("value", ["2.0", "true", '"2"'])
def test_a_number_of_versions_is_a_whole_number(project, value):
    """JSON Schema would let 2.0 pass, and a list cannot be cut at 2.0."""
    write(project, "dev", GOOD.replace("latest: 2", f"latest: {value}"))

    assert "expected a whole number" in problems(project)[0]


def test_a_value_with_a_line_break_is_refused(project):
    """A pattern that ends in `$` would let the line break pass, into a name or a flag."""
    write(project, "dev", GOOD.replace("  policy:", '    namespace: "a\\n"\n  policy:'))

    assert problems(project)[0].startswith("environments/dev.yaml:14:16: a value must have no line")


def test_merging_may_not_give_a_mount_two_sources(project):
    """Each document is valid alone; together they name a driver and a claim."""
    head = "apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {name: prod}\n"
    mount = "source: {mount: {claimName: c}}"
    write(project, "prod", f"{head}spec: {{extends: dev, {mount}, policy: [{{match: a}}]}}\n")

    assert "both a `driver` and a `claimName`" in problems(project, "prod")[0]


def test_all_problems_are_told_in_one_run_in_the_order_of_the_file(project):
    """A person mends a file in one round."""
    text = GOOD.replace("kind: Environment", "kind: x").replace("latest: 2", "latest: 0")
    write(project, "dev", text.replace("url: s3://models/team", "url: models"))

    lines = [int(problem.split(":")[1]) for problem in problems(project)]

    assert lines == [2, 7, 16]


def test_broken_yaml_has_its_place(project):
    """The parser's own words, with line and column."""
    write(project, "dev", "kind: [1\nspec: 2")

    assert problems(project)[0].startswith("environments/dev.yaml:2:")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "a: 1\n---\nb: 1\n",
            "expected a single document in the stream, but found another document",
        ),
        ("kind: [1\nspec: 2", "did not find expected ',' or ']'"),
    ],
)
def test_broken_yaml_is_told_in_whole_sentences(project, text, says):
    """Of some the parser has the first half apart."""
    write(project, "dev", text)

    assert problems(project)[0].endswith(f": {says}")


@pytest.mark.parametrize(
    "text", ["* 9 * * *", "*/5 9 * * *", "*", "*-ranker", "&", "@acme/leads", "`x`", "%s"]
)
def test_a_text_that_yaml_takes_for_something_else_is_to_be_quoted(project, text):
    """Times, globs and names begin so; the parser's words are those of its grammar."""
    first = f"a text that begins with {text[0]} has to be in quotes"
    for document in (f"kind: {text}\n", f"a: 1\r\nkind: [{text}]\n"):
        write(project, "dev", document)
        assert problems(project)[0].endswith(f": {first}")
    write(project, "dev", "kind:\n\t- a\n")
    assert "quotes" not in problems(project)[0]


def test_aliases_that_explode_are_refused(project):
    """A billion laughs cost neither time nor memory."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    write(project, "dev", "\n".join(lines))

    assert "aliases expand to more than" in problems(project)[0]


def test_a_file_of_more_values_than_any_needs_is_read_no_further(project):
    """Composing all of it would take a minute; what comes behind is not even YAML."""
    write(project, "dev", "a: [" + "1,\n" * 260_000 + "*\n")

    (problem,) = problems(project)

    assert "more than 250,000 keys and values" in problem


@pytest.mark.parametrize("text", ["[" * 1_000_000, "{a: " * 500_000, "- " * 1_000_000])
def test_no_depth_of_a_file_is_followed_to_its_end(project, text):
    """It would take the stack of the parser, which is not Python's."""
    write(project, "dev", text)

    assert "more than 40 levels" in problems(project)[0]


def test_a_file_that_is_too_large_is_not_parsed(project):
    """Whatever it has."""
    write(project, "dev", "# " + "é" * 1024 * 1024)

    assert "2,097,154 bytes, expected at most 2,097,152" in problems(project)[0]


def test_an_alias_of_itself_is_refused(project):
    """A recursive document ends in an error, not in a crash."""
    write(project, "dev", "a: &a [*a]")

    assert "aliases expand" in problems(project)[0]


def test_aliases_within_reason_are_expanded(project):
    """An anchor is a fine way not to repeat a rule."""
    text = GOOD.replace("{latest: 2}", "&two {latest: 2}")
    write(project, "dev", text + "    - match: a\n      versions: *two\n")

    assert load.load(texts(project), "dev").policy[1].versions == Choice(latest=2)


@pytest.mark.parametrize("name", ["def", "DEV", "dev.yaml", "environments/dev.yaml"])
def test_an_unknown_environment_names_the_known_ones(project, name):
    """A misspelt name gets a suggestion, and so does a path, as a shell completes it."""
    (problem,) = problems(project, name)

    assert f"environments/{name}.yaml does not exist; did you mean 'dev'?" in problem


@pytest.mark.parametrize("name", ["prod.yml", "prod.YAML", "prod.yaml.txt", "prod.Yml"])
def test_a_file_that_is_no_environment_by_its_name_is_told(project, name):
    """No command reads it, and a person thinks that it does."""
    (project / "environments" / name).write_text(GOOD)

    (problem,) = problems(project, "prod")

    assert texts(project).names == ("dev",)
    assert problem == f"environments/{name} is not read: rename it to environments/prod.yaml"
    (warned,) = texts(project).unread()
    assert str(warned.message).endswith(": not read: rename it to environments/prod.yaml")
    write(project, "prod", GOOD)
    (warned,) = texts(project).unread()
    assert str(warned.message).endswith(", as environments/prod.yaml is: delete one of them")


@pytest.mark.parametrize(
    "file", ["eu/prod.yaml", "eu/west/prod.yml", "prod.json", "old/_base.yaml"]
)
def test_an_environment_in_another_place_is_told_by_what_it_says(project, file):
    """A sub-folder or a form that no command reads; no other file is meant as an environment."""
    folder = project / "environments"
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(GOOD)
    (folder / "patches").mkdir()
    (folder / "patches/deployment.yaml").write_text("apiVersion: apps/v1\nkind: Deployment\n")
    (folder / ".old").mkdir()
    (folder / ".old/prod.yaml").write_text(GOOD)
    lock = '{\n  "apiVersion": "tfs-gitops/v1",\n  "kind": "Lock"\n}\n'
    (folder / "models.lock.json").write_text(lock)
    (folder / "schema.json").write_text('{"const": "tfs-gitops/v1"}')
    (folder / "eu").mkdir(exist_ok=True)
    (folder / "eu/loop.yaml").symlink_to("/dev/zero")

    (warned,) = texts(project).unread()

    assert warned.code == "misplaced-environment"
    assert warned.message.place == Place(f"environments/{file}")


def test_extends_shares_sections_key_by_key(project):
    """The nearer document wins; policy is not shared."""
    write(
        project,
        "prod",
        """\
        apiVersion: tfs-gitops/v1
        kind: Environment
        metadata: {name: prod}
        spec:
          extends: dev
          serving: {replicas: 5}
          policy:
            - match: a
        """,
    )

    prod, dev = load.load(texts(project), "prod"), load.load(texts(project), "dev")

    assert prod.source == dev.source
    assert prod.delivery == dev.delivery
    assert (prod.serving.image, prod.serving.replicas) == (dev.serving.image, 5)
    assert [rule.match for rule in prod.policy] == ["a"]


def test_a_problem_in_a_shared_section_is_told_where_it_is_written(project):
    """The file that sets the value is the one to mend."""
    write(project, "dev", GOOD.replace("access: mount", "access: pull"))
    extending = "apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {name: prod}\n"
    write(project, "prod", f"{extending}spec: {{extends: dev, policy: [{{match: a}}]}}\n")

    assert problems(project, "prod")[0].startswith("environments/dev.yaml:9:5: mount has no effect")


def test_extending_in_a_circle_is_refused(project):
    """The whole circle is told."""
    for name, base in (("a", "b"), ("b", "a")):
        head = f"apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {{name: {name}}}\n"
        write(project, name, f"{head}spec: {{extends: {base}, policy: [{{match: a}}]}}\n")

    assert "a -> b -> a" in problems(project, "a")[0]


def test_environments_that_wait_for_each_other_are_refused(project):
    """A promotion chain has a beginning."""
    for name, source in (("a", "b"), ("b", "a"), ("c", "none")):
        head = f"apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {{name: {name}}}\n"
        rule = f"{{match: m, versions: {{latest: 1, from: {source}}}}}"
        write(project, name, f"{head}spec: {{extends: dev, policy: [{rule}]}}\n")

    assert "environments/b.yaml:4:" in problems(project, "a")[0]
    assert "`from` runs in a circle: a -> b -> a" in problems(project, "a")[0]
    assert "no environment 'none'; environments here: a, b, c, dev" in problems(project, "c")[0]


@given(st.text(max_size=200))
def test_any_text_is_a_document_or_an_error_with_its_place(text):
    """No YAML, however broken, escapes as an exception that the command does not know."""
    try:
        told = schema.problems(yaml_document.read(text, "x.yaml"))
    except InvalidInputError as error:
        told = [str(error)]

    assert all(problem.startswith("x.yaml:") for problem in told)


def test_another_access_leaves_an_inherited_mount_behind(project):
    """A child may read its bucket directly where its parent mounts one."""
    head = "apiVersion: tfs-gitops/v1\nkind: Environment\nmetadata: {name: prod}\n"
    source = "source: {access: direct}, serving: {s3: true}"
    write(project, "prod", f"{head}spec: {{extends: dev, {source}, policy: [{{match: a}}]}}\n")

    assert load.load(texts(project), "prod").source.mount is None


def test_what_a_careful_operator_would_not_leave_so_is_told_with_the_environment(project):
    """Each plan of the environment prints it, and none computes it again."""
    write(project, "dev", GOOD.replace("2.19.1", "latest"))

    (warned,) = load.load(texts(project), "dev").warnings

    assert warned.code == "image-not-pinned"
    assert warned.message.startswith("environments/dev.yaml:13:5: spec.serving.image")
