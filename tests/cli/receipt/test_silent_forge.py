"""A forge that did not answer a run: whatever that took for the truth, the next one asks again."""

import pytest

from tests.kit.receipts import receipts
from tests.kit.reviewed_fleet import reviewed
from tests.servers.forge import Fault


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def frozen(request, tmp_path, monkeypatch):
    """Return a frozen fleet, whose version 2 was taken back and is asked for again."""
    monkeypatch.setenv("CI", "true")
    with reviewed(request.param, tmp_path, monkeypatch) as fleet:
        fleet.sync()
        fleet.forge.merge(1)
        before = fleet.origin.files()
        fleet.project.publish("a", 2)
        fleet.sync()
        fleet.forge.merge(2)
        fleet.origin.commit(before, 'Revert "models(dev): a"')
        fleet.sync()
        fleet.sync("--retake", "a")
        fleet.project.freeze()
        yield fleet


def _refused(fleet, _):
    fleet.forge.faults.append(Fault(403, "{}"))


def _without_a_token(_, monkeypatch):
    monkeypatch.delenv("TFS_GITOPS_TOKEN")


@pytest.mark.parametrize("silence", [_refused, _without_a_token])
def test_a_run_that_a_forge_did_not_answer_leaves_no_receipt(frozen, monkeypatch, silence):
    """Its pull request counts as open, as nothing is withdrawn for silence; a person closed it."""
    with monkeypatch.context() as patch:
        silence(frozen, patch)
        assert "a: versions 1,2" in frozen.sync().stdout
    assert receipts() == []
    frozen.pulls[-1].state = "closed"

    told = frozen.sync()

    assert "a: taken-back" in told.stdout
    assert told.stdout == frozen.sync("--no-cache").stdout
