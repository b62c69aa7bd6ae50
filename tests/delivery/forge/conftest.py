"""The stand-ins of both forges, as a fixture."""

import gc

import pytest

from tests.kit.forges import HEAD, STAND_INS, propose


@pytest.fixture(autouse=True)
def no_connection_is_left():
    """Collect the sessions of the test before its server is gone."""
    yield
    gc.collect()


@pytest.fixture(params=STAND_INS)
def forge(request, origin):
    """Run a stand-in whose repository has a commit to propose on the branch HEAD."""
    with STAND_INS[request.param](origin) as state:
        propose(state, HEAD)
        yield state
