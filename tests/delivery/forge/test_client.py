"""GitHub's own client beside ours, on the stand-in: each sees what the other did."""

import json
import shutil
import subprocess
import sysconfig

import pytest

from generator.delivery.forge import open_forge
from generator.delivery.pull_request import State
from generator.environment.delivery import Delivery, ForgeApi, Review
from tests.servers.forge import TOKEN
from tests.servers.github import github
from tests.servers.https import authority

HEAD = "tfs-gitops/prod"
GH = shutil.which("gh", path=sysconfig.get_path("scripts"))


@pytest.fixture
def server(origin, tmp_path):
    """Run the stand-in over HTTPS, which gh insists on; yield it with the authority's bundle."""
    own = authority(tmp_path)
    with github(origin, own.server) as state:
        repo = origin.repo
        repo.branches.local.create(HEAD, repo.branches.local["main"].peel())
        origin.commit({"models.config": b"x"}, "models(prod): …", HEAD)
        yield state, own.bundle


@pytest.fixture
def ours(server):
    """Return our port to it."""
    state, bundle = server
    delivery = Delivery(
        f"{state.url}/{state.project}.git",
        forge=ForgeApi("github", state.api_url),
        pull_request=Review(("models",), ("ada", "acme/models")),
    )
    return open_forge(delivery, {"TFS_GITOPS_TOKEN": TOKEN, "SSL_CERT_FILE": str(bundle)})


@pytest.fixture
def gh(server, tmp_path):
    """Return how to call GitHub's API with gh; the answer is what it prints."""
    state, bundle = server
    env = {
        "HOME": str(tmp_path),
        "GH_HOST": state.url.removeprefix("https://"),
        "GH_ENTERPRISE_TOKEN": TOKEN,
        "GH_NO_UPDATE_NOTIFIER": "1",
        "GH_TELEMETRY": "false",
        "NO_PROXY": "127.0.0.1",
        "SSL_CERT_FILE": str(bundle),
    }

    def call(path, *options):
        command = [GH, "api", f"repos/{state.project}/{path}", *options]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return call


def test_githubs_own_client_reads_what_we_opened(ours, gh):
    """The text, whom we asked, the labels and the comment with which we closed it."""
    request = ours.apply_settings(ours.open(HEAD, "models(prod): …", "| Model |"))
    ours.close(request, "nothing is left to change")

    (pull,) = gh("pulls?state=all&per_page=1", "--paginate")

    assert (pull["number"], pull["title"], pull["body"]) == (1, "models(prod): …", "| Model |")
    assert (pull["state"], pull["html_url"]) == ("closed", request.url)
    assert [label["name"] for label in pull["labels"]] == ["models"]
    assert [user["login"] for user in pull["requested_reviewers"]] == ["ada"]
    assert [team["slug"] for team in pull["requested_teams"]] == ["models"]


def test_we_read_what_githubs_own_client_did(ours, gh):
    """A person opens, edits and closes one; ours is theirs, and no second one."""
    opened = gh("pulls", "-f", f"head={HEAD}", "-f", "base=main", "-f", "title=t", "-f", "body=b")
    assert [one.number for one in ours.pull_requests(HEAD)] == [opened["number"]]

    taken = ours.open(HEAD, "models(prod): …", "text")
    assert taken.number == opened["number"]

    gh(f"pulls/{taken.number}", "--method", "PATCH", "-f", "title=mine", "-f", "state=closed")
    (read,) = ours.pull_requests(HEAD)
    assert (read.title, read.state) == ("mine", State.CLOSED)


def test_githubs_own_client_follows_our_pages(ours, gh, server):
    """With the links that the answers have."""
    state, _ = server
    for _ in range(3):
        ours.close(ours.open(HEAD, "t", "b"), "again")
    state.requests.clear()

    found = gh("pulls?state=closed&per_page=2", "--paginate")

    assert [pull["number"] for pull in found] == [3, 2, 1]
    assert len(state.requests) == 2
