"""`--probe`: a predict body for each served version and label."""

import pytest

from tests.kit.served_fleet import only


def test_a_probe_goes_to_each_version_and_label(fleet):
    """A good body is answered everywhere: exit 0."""
    fleet.deliver(1, 2, labels={"stable": 1})
    file = fleet.project.root / "request.json"
    file.write_text('{"instances": [1.0, 2.0]}')
    with fleet.serving() as running:
        model = only(fleet.status(running, code=0, words=("--probe", str(file))))

    assert sorted(one for one in running.requests if one.startswith("POST")) == [
        "POST /v1/models/a/labels/stable:predict",
        "POST /v1/models/a/versions/1:predict",
        "POST /v1/models/a/versions/2:predict",
    ]
    assert {probe["error"] for probe in model["server"]["probes"]} == {None}


def test_a_probe_that_is_refused_differs(fleet):
    """All is as Git says, and still the command ends with 10, in the server's words."""
    fleet.deliver(1, labels={"stable": 1})
    file = fleet.project.root / "request.json"
    file.write_text('{"instances": ["x"]}')
    with fleet.serving() as running:
        model = only(fleet.status(running, words=("--probe", str(file))))

    refused = "400: Failed to process element: 0 of 'instances' list. JSON value: \"x\""
    assert model["verdict"] == "failed"
    assert model["reasons"] == [
        f"the probe of {what} fails: /v1/models/a/{path}:predict: HTTP {refused}"
        for what, path in (("version 1", "versions/1"), ("label stable", "labels/stable"))
    ]


@pytest.mark.parametrize("reply", [(200, "{}"), (200, "7"), (200, "<html>"), (502, "bad gateway")])
def test_a_probe_needs_predictions(fleet, reply):
    """A page of a proxy is no prediction."""
    fleet.deliver(1)
    file = fleet.project.root / "request.json"
    file.write_text('{"inputs": [1.0]}')
    with fleet.serving() as running:
        running.fault = lambda request: reply if request.startswith("POST") else None
        model = only(fleet.status(running, words=("--probe", str(file))))

    assert model["verdict"] == "failed"


@pytest.mark.parametrize("text", ["", "{", "[1]", "\udcff"])
def test_a_probe_that_is_no_predict_body_is_sent_nowhere(fleet, text):
    """Exit 3 names the file and shows what a body looks like."""
    fleet.deliver(1)
    file = fleet.project.root / "request.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with fleet.serving() as running:
        result = fleet.project.run("status", "dev", "--server", running.url, "--probe", file)

    assert result.exit_code == 3
    assert str(file) in result.stderr
    assert "instances" in result.stderr
    assert running.requests == []
