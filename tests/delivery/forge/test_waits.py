"""A forge that does not answer ends what was asked of it, and is named with the wait."""

import time

import pytest

from generator.delivery.credentials import Tokens
from generator.delivery.forge import Patience, open_forge
from generator.delivery.forge.access import open_access
from generator.delivery.forge.address import locate
from generator.delivery.forge.bounded import BoundedForge
from generator.environment.delivery import Delivery, ForgeApi
from generator.errors import PublishError
from tests.kit.forges import HEAD, STAND_INS
from tests.servers.idle import idle

SECONDS = 0.5


def bounded(kind, port, patience):
    """Return the forge of a *kind* on *port*, and what bounds it to SECONDS."""
    url = f"http://127.0.0.1:{port}"
    api = {"github": "/api/v3", "gitlab": "/api/v4"}[kind]
    delivery = Delivery(f"{url}/acme/fleet.git", forge=ForgeApi(kind, f"{url}{api}"))
    environ = {"TFS_GITOPS_TOKEN": "x"}
    access = open_access(locate(delivery, environ), Tokens(environ), patience)
    return BoundedForge(open_forge(delivery, environ, patience), access, SECONDS)


@pytest.mark.parametrize("kind", STAND_INS)
@pytest.mark.parametrize("how", ["silent", "drip", "drip-body", "close"])
def test_a_forge_that_does_not_answer(kind, how):
    """In silence, with a byte now and then, or with its back turned."""
    with idle(how) as port:
        forge = bounded(kind, port, Patience(sleep=lambda _: None))
        started = time.monotonic()
        with pytest.raises(PublishError) as error:
            forge.pull_requests(HEAD)

    assert time.monotonic() - started < 10
    if how != "close":
        assert f"no answer of http://127.0.0.1:{port} within 0.5 s" in str(error.value)
    assert f"check http://127.0.0.1:{port}" in error.value.hint


def test_a_pause_that_a_forge_asks_for_is_no_silence():
    """It has answered: it is waited for as long as it said, and as long again for an answer."""
    patience = Patience(sleep=lambda _: None)
    patience.heard(60)

    assert patience.goes_on(1)
    patience.heard(-2)
    assert not patience.goes_on(1)
