"""The milestones of a wave: each is reached by all pods, and no sooner."""

import pytest
from msgspec.structs import replace

from generator.cli.demo import milestones
from generator.cli.demo.stage import MODEL
from generator.serving.reported import (
    LoadState,
    ServerModel,
    ServerState,
    Sidecar,
    Unanswered,
    VersionState,
)
from tests.kit.server_reports import AGENT

SERVER = ServerModel({2: VersionState(LoadState.AVAILABLE)}, {"stable": 2})


def pod(agent=AGENT, model=SERVER):
    """Return what the server and the agent of a pod tell."""
    models = model if isinstance(model, Unanswered) else {MODEL: model}
    return ServerState("http://s", models, Sidecar("http://a", agent, is_named=True))


def waits(why):
    """Return a pod that waits."""
    return pod(replace(AGENT, waits={MODEL: why}))


@pytest.mark.parametrize(
    "other",
    [
        pod(replace(AGENT, in_sync=False)),
        pod(replace(AGENT, generation=1)),
        pod(Unanswered("refused")),
        pod(model=Unanswered("refused")),
        pod(model=ServerModel(SERVER.versions, {})),
        pod(model=ServerModel({**SERVER.versions, 1: VersionState(LoadState.AVAILABLE)}, {})),
    ],
)
def test_a_version_is_served_when_every_pod_says_so(other):
    """Its server, and its agent of the commit that Git has."""
    is_served = milestones.serves(2, 2)

    assert is_served([pod(), pod()])
    assert not is_served([pod(), other])


def test_a_version_soaks_while_all_but_one_wait_for_it():
    """The first one has it on trial."""
    others = waits("version 2: waits for pod-a, which soaks for 4 s")

    assert milestones.soaks([pod(), others, others])
    assert not milestones.soaks([pod(), pod(), others])


def test_a_version_is_refused_when_all_others_know_where_it_fails():
    """And every pod serves something meanwhile."""
    others = waits("version 3: pod-a tells that it fails there")
    unready = pod(replace(AGENT, ready=False))

    assert milestones.is_refused([pod(), others, others])
    assert not milestones.is_refused([pod(), pod(), others])
    assert not milestones.is_refused([unready, others, others])
