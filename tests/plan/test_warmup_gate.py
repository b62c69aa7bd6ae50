"""A version whose warm-up file would keep it from loading is held where servers run it."""

import json

import pytest

from generator.catalog.savedmodel import warmup
from tests.kit.savedmodels import entry, field, floats, info, saved
from tests.servers.warmup_messages import predict, record, tensor

WARMUP = "assets.extra/tf_serving_warmup_requests"
FLOAT, INT32 = 1, 3


def records(*logs):
    """Return a warm-up file."""
    return b"".join(record(log.SerializeToString()) for log in logs)


GOOD = records(predict(x=tensor(FLOAT, 1, float_val=[1.0])))
BAD = records(predict(x=tensor(INT32, 1, int_val=[1])))


def craft(project, name, version, **files):
    """Publish a version of given files."""
    names = {"model": "saved_model.pb", "warmup": WARMUP, "lite": "model.tflite"}
    project.craft(name, version, {names[key]: data for key, data in files.items()})


def plan(project):
    """Return the plan, as JSON."""
    return json.loads(project.run("plan", "dev", "--format", "json").stdout)


@pytest.mark.parametrize("require", [None, {"warmup": True}, {"warmup": False}])
def test_a_file_that_would_fail_the_load_holds_the_version_whatever_is_required(project, require):
    """The record and the reason are told, and a version that was served stays served."""
    rule = {"match": "*", "versions": {"latest": 1}}
    project.environment(policy=[rule | ({"require": require} if require else {})])
    craft(project, "good", 1, model=floats(), warmup=GOOD)
    craft(project, "bad", 1, model=floats(), warmup=GOOD)
    project.run("sync")
    craft(project, "bad", 2, model=floats(), warmup=GOOD + BAD)

    problem = "record 2: input x is DT_INT32, and the signature wants DT_FLOAT"
    assert project.held_by_model() == {"bad": ("not-servable", [f"warmup: {WARMUP}: {problem}"])}
    assert plan(project)["changes"] == []


@pytest.mark.parametrize(
    "serving", [{"warmup": False}, {"flags": {"enable_model_warmup": False}}], ids=["key", "flag"]
)
def test_servers_that_run_no_warm_up_load_the_version_all_the_same(project, serving):
    """The file is nothing to them."""
    project.environment(serving=serving)
    craft(project, "m", 1, model=floats(), warmup=BAD)

    assert project.held_by_model() == {}


def test_a_rule_that_requires_warm_up_wants_a_file_in_order_also_where_it_is_not_run(project):
    """It asks for the file, not for the run."""
    rule = {"match": "*", "versions": {"latest": 1}, "require": {"warmup": True}}
    project.environment(policy=[rule], serving={"warmup": False})
    craft(project, "m", 1, model=floats(), warmup=BAD)

    code, [problem] = project.held_by_model()["m"]
    assert code == "requirement-unmet"
    assert problem.startswith(f"warmup: {WARMUP}: record 1: input x is DT_INT32")


def test_requests_are_compared_with_the_graph_that_servers_load(project):
    """By the flag `saved_model_tags`, and by no other graph of the file."""
    project.environment(serving={"flags": {"saved_model_tags": "serve,gpu"}})
    craft(project, "m", 1, model=floats("serve", "gpu"), warmup=GOOD)
    craft(project, "n", 1, model=floats("gpu", "serve", inputs="z"), warmup=GOOD)

    code, [problem] = project.held_by_model()["n"]
    assert code == "not-servable"
    assert problem.endswith("record 1: the signature has no input x")
    assert "m" not in project.held_by_model()


def test_where_servers_take_the_lite_model_only_the_kind_of_a_record_is_judged(project):
    """Its signatures are not read, so nothing that may be in order is held."""
    project.environment(serving={"tflite": True})
    lite = b"\x1c\0\0\0TFL3" + bytes(20)
    craft(project, "m", 1, model=floats(), lite=lite, warmup=BAD)
    craft(project, "n", 1, model=floats(), lite=lite, warmup=b"no records, but a text")

    code, [problem] = project.held_by_model()["n"]
    assert code == "not-servable"
    assert problem == f"warmup: {WARMUP}: not a TFRecord file"
    assert "m" not in project.held_by_model()


def test_a_method_is_compared_where_the_servers_flag_says_so(project):
    """For requests of the warm-up and for clients: `enable_signature_method_name_check`."""
    flags = {"flags": {"enable_signature_method_name_check": True}}
    odd = floats().replace(b"tensorflow/serving/predict", b"tensorflow/serving/another")
    craft(project, "m", 1, model=odd, warmup=GOOD)

    project.environment()
    assert project.held_by_model() == {}

    project.environment(serving=flags)
    code, [problem] = project.held_by_model()["m"]
    assert code == "not-servable"
    assert "its method is tensorflow/serving/another" in problem


@pytest.mark.parametrize(
    ("image", "codes"), [("2.19.1", []), ("2.14.0", []), ("2.13.1", ["not-servable"])]
)
def test_an_older_server_fills_in_no_default(project, image, codes):
    """So a request that leaves an input out fails there, of a warm-up or of a client."""
    default = entry(4, "z", field(1, FLOAT) + field(2, b""))
    data = floats(inputs="xz", more=default)
    project.environment(serving={"image": f"tensorflow/serving:{image}"})
    craft(project, "m", 1, model=data, warmup=GOOD)

    assert [code for code, _ in project.held_by_model().values()] == codes


def test_the_report_tells_of_the_records(project):
    """As many as were found in order."""
    project.environment()
    craft(project, "m", 1, model=floats(), warmup=GOOD + GOOD)

    report = project.run("plan", "dev", "--format", "markdown").stdout
    assert r"2 warm\-up records" in report


def test_of_a_file_too_large_to_be_read_it_is_told_that_it_was_not(project, monkeypatch):
    """It may be in order, so the version goes out, also where a file is required."""
    monkeypatch.setattr(warmup, "WARMUP_BYTES", len(GOOD))
    rule = {"match": "*", "versions": {"latest": 1}, "require": {"warmup": True}}
    project.environment(policy=[rule])
    craft(project, "m", 1, model=floats(), warmup=GOOD + BAD)

    assert project.held_by_model() == {}
    found = {one["code"]: one["message"] for one in plan(project)["warnings"]}
    assert found["warmup-unread"].startswith(f"m/1/{WARMUP}: over {len(GOOD)} bytes")


@pytest.mark.parametrize(
    ("second", "is_told"), [(b"", True), (saved([info("serve", "gpu")]), False)]
)
def test_whoever_publishes_is_told_nothing_where_it_is_not_known_which_graph_is_loaded(
    project, tmp_path, second, is_told
):
    """Of one graph alone it is known; of two, it depends on the servers."""
    folder = tmp_path / "export/m/1"
    (folder / WARMUP).parent.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(floats(inputs="z") + second)
    (folder / WARMUP).write_bytes(GOOD)

    done = project.run("index", folder.parent, "--store", project.store.as_uri(), "--upload")

    assert done.exit_code == 0
    assert (WARMUP in done.stderr) is is_told


def test_whoever_publishes_a_file_that_would_fail_the_load_is_told(project, tmp_path):
    """It is no reason to refuse the upload: servers that run no warm-up load the version."""
    folder = tmp_path / "export/m/1"
    (folder / WARMUP).parent.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(floats())
    (folder / WARMUP).write_bytes(BAD)

    store = project.store.as_uri()
    done = project.run("index", folder.parent, "--store", store, "--upload")

    assert done.exit_code == 0
    assert f"{WARMUP}: record 1: input x is DT_INT32" in done.stderr
    assert "serving.warmup is false" in done.stderr
