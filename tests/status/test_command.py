"""`tfs-gitops status`: its options, its list and its JSON."""

import pytest

from generator.serving import rest_api
from generator.serving.probe.probe import Probe
from generator.serving.reported import LoadState, Question, ServerModel, Unanswered
from generator.simulated_server.store import Store, Upload
from tests.kit.schemas import schema
from tests.servers.tensorflow_serving import model_server


def test_every_version_is_listed_with_its_state(fleet):
    """Also what is missing, what Git does not name, and what failed, before what to do about it."""
    both = fleet.deliver(1, 2, labels={"stable": 1})
    fleet.store.put("/models/a", 3, Upload(fail=True))
    fleet.deliver(2, 3, 4, labels={"stable": 2})
    with fleet.serving(both) as running:
        running.write(both.replace("versions: 2", "versions: 2 versions: 3"))
        running.tick(5)
        text, quiet = fleet.text(running), fleet.text(running, "--quiet")

    failed = "NOT_FOUND: Could not find SavedModel .pb or .pbtxt"
    listed = [
        "  a  1  AVAILABLE  stable, not in Git",
        "  a  2  AVAILABLE",
        f"  a  3  END        {failed}",
        "  a  4  missing",
    ]
    place = text.splitlines().index(running.url)
    assert text.splitlines()[place : place + 5] == [running.url, *listed]
    assert text.index(listed[-1]) < text.index("! a: failed")
    pods = text[text.index("\ndev: generation 3") + 1 :]
    assert quiet == pods.replace("\n".join(["", running.url, *listed, ""]), "")


def test_names_are_quoted_in_urls():
    """A name may have any character: the server decodes each segment."""
    name, label = "a/b c:é%2F?#", "x/y z"
    store = Store()
    store.put("/models/odd", 7)
    config = (
        f'model_config_list {{ config {{ name: "{name}" base_path: "/models/odd" '
        'model_platform: "tensorflow" model_version_policy { specific { versions: 7 } } '
        f'version_labels {{ key: "{label}" value: 7 }} }} }}'
    )
    with model_server(config, store) as running:
        running.tick(5)
        [state] = rest_api.ask([running.url], [Question(name, (label,)), Question("\ud800é")])
        [probed] = rest_api.probe([state], Probe({"instances": [2]}))

    assert not isinstance(state.models, Unanswered)
    model = state.models[name]
    assert isinstance(model, ServerModel)
    assert model.versions[7].state is LoadState.AVAILABLE
    assert model.labels == {label: 7}
    assert state.models["\ud800é"] == ServerModel()  # its message is escaped, and no JSON
    assert [probe.error for probe in probed.models[name].probes] == [None, None]


@pytest.mark.parametrize(
    "url",
    [
        *("localhost:8501", "grpc://a:8500", "http://", "http://:8501", "http://a:x", "http://a:0"),
        *(
            "http://a:99999",
            "http://u:p@a",
            "http://a?x",
            "http://a#x",
            "http://a b",
            "http://[::1",
        ),
        *("", "http://a/\n", "http://é"),
    ],
)
def test_a_malformed_url_is_usage(fleet, url):
    """Exit 2, before anything is read."""
    result = fleet.project.run("status", "dev", "--server", url)

    assert result.exit_code == 2
    assert "--server" in result.stderr


@pytest.mark.parametrize("duration", ["10", "0s", "m", "1.5.0m", "-1s", "10 m", "9" * 9 + "d"])
def test_a_malformed_duration_is_usage(fleet, duration):
    """Exit 2 shows the two usual forms."""
    words = ["status", "dev", "--server", "http://127.0.0.1:1", "--wait", duration]
    result = fleet.project.run(*words)

    assert result.exit_code == 2
    assert "such as 90s, 10m" in result.stderr


def test_before_the_first_sync_git_says_nothing(fleet):
    """Any server agrees with that; one that is not there does not."""
    fleet.settle("10m")
    with model_server() as running:
        found = fleet.status(running, code=0)
        assert "no sync has committed" in fleet.text(running)
    assert (found["generation"], found["servers"][0]["models"]) == (0, [])

    assert fleet.status("http://127.0.0.1:1")["servers"][0]["unanswered"]


def test_every_key_of_the_json_is_described():
    """Whoever reads the output finds what each key means."""

    def walk(schema):
        for key, value in schema.get("properties", {}).items():
            assert value.get("description"), key
            yield key
            yield from walk(value)
            yield from walk(value.get("items", {}))

    parts = schema("status").schema["$defs"].values()
    assert len([key for part in parts for key in walk(part)]) > 45
