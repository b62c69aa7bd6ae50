"""Imports point one way: cli -> pipeline -> stages -> values. See README.md."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "generator"

# Each may import those before it, and no third party but the one that it is written with.
PURE = {
    "errors": set(),
    "entry_name": set(),
    "inside": set(),
    "quoting": set(),
    "hold": set(),
    "commit": set(),
    "location": set(),
    "etag": set(),
    "catalog": set(),
    "checksum": {"awscrt", "google_crc32c"},
    "index_names": set(),
    "index_rows": set(),
    "index": set(),
    "proof": set(),
    "wire": set(),
    "savedmodel": set(),
    "compatibility": set(),
    "signatures": set(),
    "tensorflow_serving_pb2": {"google"},
    "prediction_log": set(),
    "tfrecord": {"google_crc32c"},
    "warmup": {"google"},
    "requirement": set(),
    "delivery": set(),
    "model_server": set(),
    "savedmodel_text": {"google"},
    "bundle": set(),
    "servable": set(),
    "environment": set(),
    "lock": set(),
    "lock_file": set(),
    "taken_back": set(),
    "rollout": set(),
    "verdict": set(),
    "agent_state": set(),
    "status": set(),
    "failures": set(),
    "pod": set(),
    "comparison": set(),
    "status_listing": set(),
    "status_report": set(),
    "policy": set(),
    "contradiction": set(),
    "naming": set(),
    "flags": set(),
    "volume": set(),
    "serving": {"google"},
    "wiring": set(),
    "cost": set(),
    "checks_serving": set(),
    "checks": set(),
    "config_file": {"google"},
    "drift": set(),
    "finding": set(),
    "lint_alone": set(),
    "lint_live": set(),
    "lint": set(),
    "room": set(),
    "plan": set(),
    "diffs": set(),
    "gates": set(),
    "desired": set(),
    "decision": set(),
    "guard": set(),
    "explanation": set(),
    "staging": set(),
    "assets": set(),
    "pull_request": set(),
    "seal": set(),
    "rendering": {"jinja2", "yaml"},
    "overlay": set(),
    "compose": set(),
    "workflows": set(),
    "starter": set(),
    "wording": set(),
    "chronicle": set(),
    "body": set(),
    "fitting": set(),
    "terminal": set(),
    "as_json": set(),
    "report": set(),
    "scalar": set(),
    "notation": set(),
    "document": {"yaml"},
    "outline": {"yaml"},
    "splicing": set(),
    "rewriting": set(),
    "asked": set(),
    "promotion": set(),
    "reversal": set(),
}
THIRD_PARTIES = {
    *("awscrt", "boto3", "botocore", "click", "github", "gitlab", "google", "google_crc32c"),
    *("jinja2", "obstore", "pygit2", "requests", "urllib3", "yaml"),
}
PURE_IN_AGENT = (
    "pace",
    *("place", "backoff"),
    *("config", "trials", "around", "holding", "step", "readiness", "reload", "keeping"),
    "note",
    *("report", "wording", "pace"),
)
OUTSIDE = {"os", "subprocess", "socket", "time", "random", "shutil", "tempfile", "threading"}


def imports(path):
    """Yield the dotted name of each module that the file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "generator":
                yield from (f"generator.{alias.name}" for alias in node.names)


def ours(names):
    """Return the modules of the package among *names*."""
    return {name.split(".")[1] for name in names if name.startswith("generator.")}


@pytest.mark.parametrize("module", PURE)
def test_the_core_takes_data_and_imports_only_what_is_below_it(module):
    """A pure module knows no adapter, no clock and no operating system."""
    names = set(imports(PACKAGE / f"{module}.py"))
    before = set(list(PURE)[: list(PURE).index(module)])
    third = {name.split(".")[0] for name in names} - {"generator"}

    assert ours(names) <= before
    assert not third & OUTSIDE
    assert third & {*THIRD_PARTIES, "rich"} <= PURE[module]


@pytest.mark.parametrize(
    ("module", "stages"),
    [
        ("run", {"ports"}),
        ("presence", {"ports"}),
        ("survey", {"ports", "presence", "run"}),
        ("delivered", {"ports"}),
        ("buildable", {"delivered", "ports"}),
        (
            "surroundings",
            {"delivered", "inspection", "parallel", "ports", "presence", "run", "withdrawal"},
        ),
        ("withdrawal", {"ports", "run"}),
        ("standing", {"ports"}),
        ("proposed", {"delivered", "ports", "run"}),
        ("reviewed", {"ports", "proposed", "run", "standing", "surroundings"}),
        ("result", {"run"}),
        ("annotation", {"result"}),
        ("actions", {"result"}),
        ("pipeline", {"buildable", "delivered", "inspection", "reviewed", "run", "surroundings"}),
        ("fleet", {"delivered", "ports", "presence", "run", "surroundings", "survey"}),
    ],
)
def test_the_pipeline_sees_ports_and_never_adapters(module, stages):
    """The program reads as a page because no library shows in it."""
    names = set(imports(PACKAGE / f"{module}.py"))

    assert ours(names) <= {*PURE, *stages}
    assert not {name.split(".")[0] for name in names} & THIRD_PARTIES


@pytest.mark.parametrize(
    ("folder", "third_parties"),
    [
        ("agent", set()),
        ("store", {"obstore", "boto3", "botocore", "google"}),
        ("repository", {"pygit2"}),
        ("forge", {"github", "gitlab", "requests", "urllib3"}),
    ],
)
def test_an_adapter_holds_one_third_party(folder, third_parties):
    """Swapping a library touches one folder."""
    for path in (PACKAGE / folder).glob("*.py"):
        names = set(imports(path))
        assert {name.split(".")[0] for name in names} & THIRD_PARTIES <= third_parties
        assert "cli" not in ours(names)


@pytest.mark.parametrize("module", PURE_IN_AGENT)
def test_what_the_agent_decides_is_pure(module):
    """Such a module takes values, and the other pure modules of its folder."""
    names = set(imports(PACKAGE / "agent" / f"{module}.py"))
    beside = {name.split(".")[2] for name in names if name.startswith("generator.agent.")}

    assert ours(names) <= {*PURE, "agent"}
    assert beside <= set(PURE_IN_AGENT)
    assert not {name.split(".")[0] for name in names} & (OUTSIDE | THIRD_PARTIES)


@pytest.mark.parametrize("library", ["github", "gitlab"])
def test_one_module_knows_the_client_of_a_forge(library):
    """It is loaded when that forge is opened: it takes a while."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if library in {name.split(".")[0] for name in imports(path)}
    }

    assert users == {f"forge/{library}.py"}


def test_every_module_has_its_place():
    """A new module is put into the order above, or is an adapter."""
    edges = {
        "__init__",
        "__main__",
        "buildable",
        "declared",
        "delivered",
        "demo",
        "exported",
        "exporter",
        "fleet",
        "inspection",
        "kustomize",
        "loading",
        "memory",
        "parallel",
    }
    edges |= {"parsing", "pipeline", "ports", "rest", "scaffolding", "schema", "server", "sidecar"}
    edges |= {"presence", "survey"}
    edges |= {"actions", "annotation", "proposed", "result", "reviewed", "run", "standing"}
    edges |= {"surroundings", "uploaded", "version_files", "version_reader", "walk"}
    edges |= {"withdrawal"}

    assert {path.stem for path in PACKAGE.glob("*.py")} == {*PURE, *edges}
