"""`generator.render.fleet.targets`: what clusters read."""

import pytest

from generator.render.fleet.targets import PLACEHOLDER, cluster_url
from tests.kit.fleets import URL


@pytest.mark.parametrize(
    ("repository", "url"),
    [
        (URL, URL),
        ("https://token@github.com/acme/fleet.git", URL),
        ("ssh://git@git.example:2222/fleet.git", "ssh://git@git.example:2222/fleet.git"),
        ("git@git.example:ml/fleet.git", "ssh://git@git.example/ml/fleet.git"),
        ("fleet.git", PLACEHOLDER),
        ("../a@b/fleet.git", PLACEHOLDER),
        ("file:///srv/fleet.git", PLACEHOLDER),
    ],
)
def test_a_cluster_gets_a_url_that_it_can_read(repository, url):
    """Flux takes http, https and ssh; a folder of this machine is nowhere to a cluster."""
    assert cluster_url(repository) == url
