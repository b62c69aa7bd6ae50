"""The probe of a version in a folder: its own, or a warm-up record, or none and why."""

import json
import shutil

import pytest

from generator.agent.probe.find import Found, in_folder
from generator.catalog.proof import PROBE, WARMUP
from generator.limits.probe import PROBE_FILE_BYTES
from generator.serving.probe.probe import Probe
from tests.kit.pod_processes import ROOT

GREETING = ROOT / "examples/models/greeting/1"
ROWS = {"request": {"instances": [1.0]}}


@pytest.fixture
def folder(tmp_path):
    """Return a copy of an example with warm-up records."""
    shutil.copytree(GREETING, tmp_path / "1")
    return tmp_path / "1"


def test_the_own_probe_goes_before_warm_up_records(folder):
    """The exporter knows best what to ask."""
    (folder / PROBE).write_text(json.dumps(ROWS))
    assert in_folder(folder) == Found(Probe(ROWS["request"]))
    (folder / PROBE).unlink()
    found = in_folder(folder)
    assert found == Found(
        Probe({"signature_name": "serving_default", "inputs": {"name": [{"b64": "QWRh"}]}}),
        is_logged=True,
    )


def test_without_either_there_is_none(folder):
    """It is said what a version could have."""
    (folder / PROBE).unlink(missing_ok=True)
    (folder / WARMUP).unlink()
    assert in_folder(folder) == f"it has no {PROBE}, and no warm-up records"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "not JSON"),
        (b"\xff", "utf-8"),
        (b'{"instances": [1]}', "'instances' belong below the key request"),
        (b" " * (PROBE_FILE_BYTES + 1), "262,145 bytes, expected at most 262,144"),
    ],
)
def test_a_file_that_is_no_probe_is_no_fault_of_the_model(folder, data, why):
    """The version is not asked, by its records neither, and the reason is told."""
    (folder / PROBE).write_bytes(data)
    found = in_folder(folder)
    assert isinstance(found, str)
    assert found.startswith(f"{PROBE}: ")
    assert why in found


def test_records_are_not_sent_where_the_signatures_cannot_be_read(folder):
    """Nobody could say whether JSON says the same."""
    (folder / PROBE).unlink(missing_ok=True)
    (folder / "saved_model.pb").write_bytes(b"nonsense")
    found = in_folder(folder)
    assert isinstance(found, str)
    assert found.startswith(f"it has no {PROBE}; {WARMUP}: ")
