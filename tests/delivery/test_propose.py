"""Delivery by pull request: real client libraries, real Git over HTTP, a stand-in forge."""

import dataclasses
import gc
import json
import subprocess
import sys
import time

import pytest

from generator import pipeline
from generator.delivery.forge import open_forge
from generator.delivery.git.head_branch import HeadBranch
from generator.environment.delivery import Delivery, ForgeApi
from generator.plan import facts
from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import constant
from tests.servers.forge import TOKEN, Fault
from tests.servers.git_http import git_http
from tests.servers.github import github
from tests.servers.gitlab import gitlab
from tests.servers.origin import Origin

BRANCH = "tfs-gitops/dev"
LOCK = "tf-serving/overlays/dev/generated/models.lock.json"


@dataclasses.dataclass
class Fleet:
    """A project that delivers by pull request, its origin and its forge."""

    project: ProjectFolder
    origin: Origin
    forge: object
    delivery: dict[str, object]

    def sync(self, *words):
        """Run a sync."""
        return self.project.run("sync", *words)

    def write(self, *policy, **delivery):
        """Write the environment."""
        rules = list(policy) or [{"match": "*", "versions": {"latest": 2}}]
        self.project.environment(policy=rules, delivery=self.delivery | delivery)

    @property
    def pulls(self):
        """The pull requests as the forge has them."""
        return self.forge.pulls

    def proposed(self):
        """Return the versions of the model `a` on the branch of the pull request."""
        lock = json.loads(self.origin.files(BRANCH)[LOCK])
        return [line["version"] for line in lock["models"]["a"]["versions"]]


@pytest.fixture(params=["github", "gitlab"])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet with one published version and nothing delivered yet."""
    root = tmp_path / "git"
    (root / "acme").mkdir(parents=True)
    origin = Origin.create(root / "acme" / "fleet.git")
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    kind = {"github": github, "gitlab": gitlab}[request.param]
    with git_http(root) as server, kind(origin) as forge:
        delivery = {
            "repository": f"{server.url}/acme/fleet.git",
            "mode": "pull-request",
            "settle": "0s",
            "forge": {"type": request.param, "apiUrl": forge.api_url},
        }
        project = ProjectFolder.create(tmp_path / "project", "")
        found = Fleet(project, origin, forge, delivery)
        found.write()
        project.publish("a", 1)
        yield found
        gc.collect()  # the client's connections, before their server is gone


def test_a_change_is_one_commit_on_a_branch_and_one_pull_request(fleet):
    """The base branch stays as it is until a person merges."""
    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert len(fleet.origin.log("main")) == 1
    assert len(fleet.origin.log(BRANCH)) == 2
    [pull] = fleet.pulls
    assert (pull.state, pull.head, pull.base) == ("open", BRANCH, "main")
    assert pull.title == "models(dev): a +1"
    assert "latest 2 of 1 proven" in pull.body
    assert f"pull request: {fleet.forge.url}" in result.stdout


def test_an_unchanged_state_neither_pushes_nor_edits(fleet):
    """The bot never spams."""
    fleet.sync()
    before = fleet.forge.tip(BRANCH)
    fleet.forge.requests.clear()

    result = fleet.sync()

    assert fleet.forge.tip(BRANCH) == before
    assert len(fleet.pulls) == 1
    assert all(line.startswith("GET ") for line in fleet.forge.requests)
    assert "nothing to commit" in result.stdout


def test_the_open_pull_request_is_updated_in_place(fleet):
    """A new version comes into it: still one pull request, still one commit."""
    fleet.sync()
    fleet.project.publish("a", 2)

    fleet.sync()

    [pull] = fleet.pulls
    assert fleet.proposed() == [1, 2]
    assert len(fleet.origin.log(BRANCH)) == 2
    assert "1,2" in pull.body
    assert pull.sha == fleet.forge.tip(BRANCH)


def test_a_merged_pull_request_is_done(fleet):
    """The next sync finds nothing to do, and takes the branch away."""
    fleet.sync()
    fleet.forge.merge(1)

    result = fleet.sync()

    assert result.exit_code == 0
    assert "nothing to commit" in result.stdout
    assert fleet.forge.tip(BRANCH) is None
    fleet.forge.requests.clear()
    fleet.sync()
    assert not fleet.forge.requests


def test_the_next_change_opens_the_next_pull_request(fleet):
    """Also where the merged branch was left behind."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)

    fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["merged", "open"]
    assert fleet.proposed() == [1, 2]


def test_a_difference_that_is_gone_closes_the_pull_request(fleet):
    """With a comment that says why; and if it comes back, so does a pull request."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.sync()
    fleet.write({"match": "*", "versions": {"pin": [1]}})

    result = fleet.sync()

    assert fleet.pulls[1].state == "closed"
    assert "nothing is left to merge" in fleet.pulls[1].comments[0]
    assert "closed" in result.stdout
    assert fleet.forge.tip(BRANCH) is None
    fleet.write()
    fleet.sync()
    assert [pull.state for pull in fleet.pulls] == ["merged", "closed", "open"]


def test_a_persons_commit_stops_the_environment(fleet):
    """It is never overwritten, and the run says whose it is."""
    fleet.sync()
    fleet.origin.commit({"note.txt": b"x"}, "my own fix", branch=BRANCH)
    fleet.project.publish("a", 2)

    result = fleet.sync()

    assert result.exit_code == 6
    assert "'my own fix' by Person" in result.stderr
    assert "refused: persons-commit: a sync does none of this" in result.stdout
    assert "~ a: versions" in result.stdout or "+ a: versions" in result.stdout
    assert fleet.origin.log(BRANCH)[0] == "my own fix"


def test_what_a_person_closed_is_not_opened_again(fleet):
    """Not for the same content; a notice says so, and strictly that is exit 7."""
    fleet.sync()
    fleet.pulls[0].state = "closed"

    result, strict = fleet.sync(), fleet.sync("--strict")

    assert [pull.state for pull in fleet.pulls] == ["closed"]
    assert (result.exit_code, strict.exit_code) == (0, 7)
    assert "was closed with the same content" in result.stdout


def test_what_a_person_closed_comes_back_with_other_content(fleet):
    """A new version is a new proposal."""
    fleet.sync()
    fleet.pulls[0].state = "closed"
    fleet.project.publish("a", 2)

    fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["closed", "open"]


@pytest.mark.parametrize("state", ["open", "closed"])
def test_an_upload_that_no_rule_asks_for_proposes_nothing(fleet, state):
    """It neither opens again what a person closed, nor takes approvals away by a push."""
    fleet.write({"match": "*", "versions": {"pin": [1]}})
    fleet.sync()
    fleet.pulls[0].state = state
    before = fleet.forge.tip(BRANCH)
    fleet.project.publish("a", 2)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert [pull.state for pull in fleet.pulls] == [state]
    assert fleet.forge.tip(BRANCH) == before


def test_a_lock_that_goes_on_from_another_one_is_another_proposal(fleet):
    """Its generation says what it was made on: the old one would look like a revert."""
    fleet.write({"match": "*", "versions": {"latest": 1}})
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.write({"match": "*", "versions": {"pin": [2]}})
    fleet.sync()
    lock = json.loads(fleet.origin.files()[LOCK])
    lock["generation"] += 1
    fleet.origin.commit({LOCK: json.dumps(lock).encode()}, "by a person")

    fleet.sync()

    proposed = json.loads(fleet.origin.files(BRANCH)[LOCK])
    assert proposed["generation"] == lock["generation"] + 1


def test_a_failure_after_the_push_says_so_and_the_next_run_completes(fleet):
    """What is pushed stays pushed; nothing is done twice."""
    fleet.forge.faults += [Fault(422, '{"message": "no"}', on="POST")]

    failed = fleet.sync()

    assert failed.exit_code == 5
    assert f"{BRANCH} is pushed; its pull request is not up to date" in failed.stderr
    assert not fleet.pulls
    pushed = fleet.forge.tip(BRANCH)
    result = fleet.sync()
    assert result.exit_code == 0
    assert fleet.forge.tip(BRANCH) == pushed
    assert [pull.state for pull in fleet.pulls] == ["open"]


def test_without_a_token_nothing_is_pushed(fleet, monkeypatch):
    """Exit 5, with the names of the variables."""
    monkeypatch.delenv("TFS_GITOPS_TOKEN")

    result = fleet.sync()

    assert result.exit_code == 5
    assert "TFS_GITOPS_TOKEN" in result.stderr
    assert fleet.forge.tip(BRANCH) is None


def test_a_dry_run_asks_no_forge(fleet):
    """It shows the plan."""
    result = fleet.sync("--dry-run")

    assert "+ a: versions none -> 1" in result.stdout
    assert not fleet.forge.requests
    assert fleet.forge.tip(BRANCH) is None


def test_a_second_step_opens_its_own_pull_request(fleet):
    """Without an agent, the next step is proposed when the one before is merged and settled."""
    fleet.write({"match": "*", "versions": {"latest": 1}})
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.sync()
    assert fleet.proposed() == [1, 2]
    fleet.sync()
    assert len(fleet.pulls) == 2
    fleet.forge.merge(2)

    fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["merged", "merged", "open"]
    assert fleet.proposed() == [2]


def test_a_base_that_moved_is_no_reason_to_push(fleet):
    """Approvals and checks of the pull request stay; what it holds is the same."""
    fleet.sync()
    before = fleet.forge.tip(BRANCH)
    fleet.origin.commit({"other.txt": b"x"}, "somebody else's")

    fleet.sync()

    assert fleet.forge.tip(BRANCH) == before
    fleet.project.publish("a", 2)
    fleet.sync()
    assert "other.txt" in fleet.origin.files(BRANCH)


def test_what_a_person_left_on_the_branch_after_a_merge_stays(fleet):
    """It harms nobody, and it is not ours to delete."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.origin.commit({"note.txt": b"x"}, "later", branch=BRANCH)

    result = fleet.sync()

    assert result.exit_code == 0
    assert fleet.origin.log(BRANCH)[0] == "later"


@pytest.mark.parametrize("squash", [False, True])
def test_a_merged_branch_is_done_whoever_worked_on_it(fleet, squash):
    """What a person added is in the base branch too: the next change takes the branch again."""
    fleet.sync()
    fleet.origin.commit({"note.txt": b"x"}, "with a note", branch=BRANCH)
    fleet.forge.merge(1, squash=squash)
    fleet.project.publish("a", 2)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert [pull.state for pull in fleet.pulls] == ["merged", "open"]
    assert fleet.proposed() == [1, 2]
    assert fleet.origin.files(BRANCH)["note.txt"] == b"x"


def test_a_merged_branch_that_a_person_worked_on_is_taken_away(fleet):
    """Like any other: nothing of it is lost."""
    fleet.sync()
    fleet.origin.commit({"note.txt": b"x"}, "with a note", branch=BRANCH)
    fleet.forge.merge(1)

    fleet.sync()

    assert fleet.forge.tip(BRANCH) is None


def test_a_merged_branch_is_made_anew_for_what_was_reverted_since(fleet):
    """It has the very same files; but a forge finds nothing new in a commit that is merged."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.origin.commit(dict.fromkeys(fleet.origin.files()), "Revert it")

    result = fleet.sync("--retake", "a")

    assert result.exit_code == 0, result.output
    assert [pull.state for pull in fleet.pulls] == ["merged", "open"]


def test_an_opening_that_was_broken_off_is_completed(fleet):
    """The label and the reviewer come with the next run; what people change later stays."""
    fleet.write(pullRequest={"labels": ["models"], "reviewers": ["ada"]})
    opening = comments(fleet).replace("/issues", "/pulls")
    # The answer is lost, and nothing that answers so is asked again.
    fleet.forge.faults.append(Fault(501, on=opening, late=True))
    assert fleet.sync().exit_code == 5
    fleet.forge.faults.clear()

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    [pull] = fleet.pulls
    assert (pull.labels, pull.reviewers) == (["models"], ["ada"])
    pull.labels, pull.reviewers = [], []
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.sync()
    assert (pull.labels, pull.reviewers) == ([], [])


def test_a_text_that_a_person_wrote_in_place_of_ours_stays(fleet):
    """Until there is something new to tell."""
    fleet.sync()
    fleet.pulls[0].body = "see OPS-123"
    fleet.sync()
    assert fleet.pulls[0].body == "see OPS-123"
    fleet.project.publish("a", 2)

    fleet.sync()

    assert "1,2" in fleet.pulls[0].body


def test_a_close_that_fails_again_and_again_says_it_once(fleet):
    """One comment, however often the forge loses its answer."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.sync()
    fleet.write({"match": "*", "versions": {"pin": [1]}})
    for _ in range(3):
        fleet.forge.faults += [Fault(422, '{"message": "no"}', on=comments(fleet), late=True)]
        fleet.sync()

    assert fleet.pulls[1].state == "closed"
    assert len(fleet.pulls[1].comments) == 1
    assert fleet.pulls[1].body.count("withdrawn") == 1


def test_a_request_whose_text_was_replaced_stays_closed_too(fleet):
    """The branch tells that it is the same."""
    fleet.sync()
    fleet.pulls[0].state, fleet.pulls[0].body = "closed", "not now"

    result = fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["closed"]
    assert "was closed with the same content" in result.stdout


def test_a_request_whose_closing_failed_is_whole_again_when_it_is_wanted_again(fleet):
    """Else a person's close of it would look like ours."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.sync()
    fleet.write({"match": "*", "versions": {"pin": [1]}})
    fleet.forge.faults += [Fault(422, '{"message": "no"}', on=closing(fleet), after=1)]
    assert fleet.sync().exit_code == 5
    assert fleet.pulls[1].state == "open"
    fleet.write()
    fleet.sync()

    fleet.pulls[1].state = "closed"
    fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["merged", "closed"]


def closing(fleet):
    """Return the start of the request that closes, or changes, the second pull request."""
    if fleet.delivery["forge"]["type"] == "github":
        return "PATCH /api/v3/repos/acme/fleet/pulls/2"
    return "PUT /api/v4/projects"


def comments(fleet):
    """Return the start of the request that comments on the first pull request."""
    if fleet.delivery["forge"]["type"] == "github":
        return "POST /api/v3/repos/acme/fleet/issues"
    return "POST /api/v4/projects"


def test_what_merges_itself_still_does_after_an_update(fleet):
    """A push ends that on GitLab; what a person has switched off stays off."""
    fleet.write(pullRequest={"autoMerge": True})
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.sync()
    assert fleet.pulls[0].automatic
    assert fleet.pulls[0].sha == fleet.forge.tip(BRANCH)

    fleet.pulls[0].automatic = None
    fleet.project.publish("a", 3)
    fleet.sync()

    assert fleet.pulls[0].automatic is None


def test_an_archived_repository_says_so(fleet):
    """It takes no push; nothing was asked of the forge that would be half of a change."""
    hook = fleet.origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'this repository was archived' >&2\nexit 1\n")
    hook.chmod(0o755)

    result = fleet.sync()

    assert result.exit_code == 5
    assert "archived" in result.stderr
    assert not fleet.pulls
    hook.unlink()
    assert fleet.sync().exit_code == 0
    assert [pull.state for pull in fleet.pulls] == ["open"]


def test_a_forge_that_is_read_only_says_so(fleet):
    """Where the push still went through, the next run opens the request."""
    post = comments(fleet).removesuffix("/issues")
    fleet.forge.faults += [Fault(403, '{"message": "Repository was archived"}', on=post)]

    result = fleet.sync()

    assert result.exit_code == 5
    assert f"{BRANCH} is pushed" in result.stderr
    assert "HTTP 403: Repository was archived" in result.stderr
    assert result.stderr.count("hint:") == 1
    assert fleet.sync().exit_code == 0
    assert [pull.state for pull in fleet.pulls] == ["open"]


def test_a_branch_that_is_deleted_after_the_push_comes_again(fleet, monkeypatch):
    """Whoever deletes a branch without a request has said nothing about its content."""
    plain = HeadBranch.commit

    def put(*arguments):
        commit = plain(*arguments)
        fleet.origin.repo.references.delete(f"refs/heads/{BRANCH}")
        return commit

    with monkeypatch.context() as once:
        once.setattr(HeadBranch, "commit", put)
        assert fleet.sync().exit_code == 5

    assert fleet.sync().exit_code == 0
    assert [pull.state for pull in fleet.pulls] == ["open"]


@pytest.mark.slow
def test_a_thousand_changes_are_one_request(fleet):
    """Its text fits, and counts what it leaves out."""
    for number in range(1000):
        row = fleet.project.put(f"m{number}/1/saved_model.pb", constant())
        fleet.project.claim(f"m{number}", row)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    [pull] = fleet.pulls
    assert len(pull.body) <= 60_000
    assert pull.title.endswith("995 more")
    assert "1001 to add" in pull.body
    assert len(json.loads(fleet.origin.files(BRANCH)[LOCK])["models"]) == 1001
    assert fleet.sync().stdout.count("nothing to commit") == 1


def test_syncs_at_once_end_in_one_request_each(fleet):
    """Real processes, over two environments: each branch once, as one sync would make it."""
    rules = [{"match": "*", "versions": {"latest": 1}}]
    fleet.project.environment("prod", policy=rules, delivery=fleet.delivery)
    command = [sys.executable, "-m", "generator", "-C", str(fleet.project.root), "sync"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    said = [run.communicate(timeout=120)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert sorted(pull.head for pull in fleet.pulls) == [BRANCH, "tfs-gitops/prod"]
    assert len(fleet.origin.log(BRANCH)) == len(fleet.origin.log("tfs-gitops/prod")) == 2
    assert fleet.sync().stdout.count("nothing to commit") == 2


def racing(monkeypatch, fleet, act):
    """Let *act* happen once between the survey and the publishing of the next sync."""
    plain, acts = pipeline.propose, [act]

    def propose(*arguments):
        outcome = plain(*arguments)
        if acts:
            acts.pop()()
        return outcome

    monkeypatch.setattr(pipeline, "propose", propose)


def test_a_slower_sync_does_not_undo_a_faster_one(fleet, monkeypatch):
    """It reads the store again where the branch has moved since it did."""
    fleet.sync()

    def faster():
        fleet.project.publish("a", 2)
        assert fleet.sync().exit_code == 0

    fleet.write({"match": "*", "versions": {"latest": 2}, "labels": {"x": 1}})
    racing(monkeypatch, fleet, faster)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert fleet.proposed() == [1, 2]
    assert "1,2" in fleet.pulls[0].body


def test_two_projects_do_not_take_each_others_branch(fleet, tmp_path):
    """An environment name stands for one folder of the repository; the hint says so."""
    other = ProjectFolder.create(tmp_path / "other", "")
    other.environment(delivery=fleet.delivery | {"path": "team-b"})
    other.publish("b", 1)
    fleet.sync()
    before = fleet.forge.tip(BRANCH)

    result = other.run("sync")

    assert result.exit_code == 6
    assert "environment names of their own" in result.stderr
    assert fleet.forge.tip(BRANCH) == before
    other.environment(delivery=fleet.delivery | {"path": "team-b"}, policy=nothing())
    assert other.run("sync").exit_code == 6
    assert [pull.state for pull in fleet.pulls] == ["open"]
    assert fleet.sync().exit_code == 0


def nothing():
    """Return a policy that serves nothing."""
    return [{"match": "*", "exclude": True}]


def test_the_way_on_from_a_closed_request_with_a_persons_commit_is_told(fleet):
    """There is nothing to merge in it: reopen it, or delete the branch."""
    fleet.sync()
    fleet.origin.commit({"note.txt": b"x"}, "my own fix", branch=BRANCH)
    fleet.forge.follow()
    fleet.pulls[0].state = "closed"

    result = fleet.sync()

    assert result.exit_code == 6
    assert "is closed: reopen and merge it, or delete the branch" in result.stderr
    assert "environment names" not in result.stderr
    fleet.origin.repo.references.delete(f"refs/heads/{BRANCH}")
    assert fleet.sync().exit_code == 0


@pytest.mark.parametrize("moment", ["marking", "closing"])
def test_a_push_while_a_request_is_withdrawn_is_not_lost_and_told(fleet, monkeypatch, moment):
    """It is not closed as if nothing were left to merge; if it was too late, the run says so."""
    fleet.sync()
    before = fleet.pulls[0].body
    fleet.write(*nothing())
    adapter = type(reviewed_forge(fleet))
    plain, acts = getattr(adapter, MOMENTS[moment]), [1]

    def act(*arguments):
        done = plain(*arguments)
        if acts:
            acts.pop()
            fleet.origin.commit({"note.txt": b"x"}, "my own fix", branch=BRANCH)
        return done

    monkeypatch.setattr(adapter, MOMENTS[moment], act)

    result = fleet.sync()

    assert result.exit_code == 6
    assert fleet.origin.log(BRANCH)[0] == "my own fix"
    if moment == "marking":
        assert "'my own fix' by Person" in result.stderr
        assert (fleet.pulls[0].state, fleet.pulls[0].comments) == ("open", [])
        assert fleet.pulls[0].body == before
    else:
        assert "meanwhile somebody pushed" in result.stderr
        assert "reopen and merge it" in result.stderr


def test_another_sync_that_withdraws_it_first_is_no_alarm(fleet, monkeypatch):
    """Both end in the same state, without an error."""
    fleet.sync()
    fleet.write(*nothing())
    adapter = type(reviewed_forge(fleet))
    plain = adapter.close

    def close(*arguments):
        plain(*arguments)
        fleet.origin.repo.references.delete(f"refs/heads/{BRANCH}")

    monkeypatch.setattr(adapter, "close", close)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert fleet.pulls[0].state == "closed"


MOMENTS = {"marking": "update", "closing": "close"}


def reviewed_forge(fleet):
    """Return the port to the fleet's forge."""
    api = ForgeApi(fleet.delivery["forge"]["type"], fleet.forge.api_url)
    return open_forge(Delivery(fleet.delivery["repository"], forge=api))


def test_commits_in_place_of_pull_requests_tell_what_is_left_behind(fleet):
    """As long as the branch is there; nobody asks the forge for that."""
    fleet.sync()
    fleet.write(mode="commit")
    fleet.forge.requests.clear()

    first, second = fleet.sync(), fleet.sync()

    for result in (first, second):
        assert result.exit_code == 0, result.output
        assert f"notice: {BRANCH} is still there" in result.stdout
    assert not fleet.forge.requests
    fleet.origin.repo.references.delete(f"refs/heads/{BRANCH}")
    assert "notice" not in fleet.sync().stdout


def release(fleet):
    """Make another branch."""
    main = fleet.origin.repo.revparse_single("main").id
    fleet.origin.repo.references.create("refs/heads/release", main)


@pytest.mark.parametrize("whose", ["ours", "a person's"])
def test_an_open_request_into_another_branch_stops_the_environment(fleet, whose):
    """There is never a second one: a person decides, who sent it there or changed the branch."""
    fleet.sync()
    release(fleet)
    before = fleet.forge.tip(BRANCH)
    if whose == "ours":
        fleet.write(branch="release")
    else:
        fleet.pulls[0].base = "release"
    fleet.project.publish("a", 2)

    result = fleet.sync()

    assert result.exit_code == 6
    assert f"{fleet.pulls[0].base!r}" in result.stderr
    assert "'main'" in result.stderr
    assert "'release'" in result.stderr
    assert len(fleet.pulls) == 1
    assert fleet.forge.tip(BRANCH) == before
    fleet.pulls[0].state = "closed"
    assert fleet.sync().exit_code == 0
    assert [pull.state for pull in fleet.pulls] == ["closed", "open"]


def test_nothing_is_closed_that_goes_into_another_branch(fleet):
    """It has something to merge there, whatever this branch has."""
    fleet.sync()
    release(fleet)
    fleet.pulls[0].base = "release"
    fleet.write({"match": "*", "exclude": True})

    result = fleet.sync()

    assert result.exit_code == 6
    assert fleet.pulls[0].state == "open"
    assert fleet.forge.tip(BRANCH) is not None


def test_a_no_counts_for_the_branch_that_was_asked_for(fleet):
    """What is not wanted in one may be wanted in the other."""
    fleet.sync()
    fleet.pulls[0].state = "closed"
    release(fleet)
    fleet.write(branch="release")

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert [(pull.base, pull.state) for pull in fleet.pulls] == [
        ("main", "closed"),
        ("release", "open"),
    ]


def test_a_request_that_is_sent_elsewhere_after_the_push_is_told(fleet, monkeypatch):
    """The run says what is pushed, and leaves the request to whoever did that."""
    fleet.sync()
    fleet.project.publish("a", 2)
    release(fleet)
    plain, seen = HeadBranch.commit, fleet.pulls[0].body

    def put(*arguments):
        fleet.pulls[0].base = "release"
        return plain(*arguments)

    monkeypatch.setattr(HeadBranch, "commit", put)

    result = fleet.sync()

    assert result.exit_code == 6
    assert f"{BRANCH} is pushed" in result.stderr
    assert "into 'release'" in result.stderr
    assert fleet.pulls[0].body == seen
    assert len(fleet.pulls) == 1


def test_a_request_that_a_person_closes_meanwhile_is_not_rewritten(fleet, monkeypatch):
    """What was closed is what people saw; the new content is a proposal of its own."""
    fleet.sync()
    seen = fleet.pulls[0].body
    fleet.project.publish("a", 2)
    plain = HeadBranch.commit

    def put(*arguments):
        fleet.pulls[0].state = "closed"
        return plain(*arguments)

    monkeypatch.setattr(HeadBranch, "commit", put)

    fleet.sync()

    assert fleet.pulls[0].body == seen
    assert [pull.state for pull in fleet.pulls] == ["closed", "open"]


def test_what_a_person_writes_into_the_request_stays(fleet):
    """A title with a ticket and a ticked box, as long as the content is the same."""
    fleet.sync()
    fleet.pulls[0].title = "OPS-123 a"
    fleet.pulls[0].body += "- [x] seen"

    fleet.sync()

    assert fleet.pulls[0].title == "OPS-123 a"
    assert fleet.pulls[0].body.endswith("- [x] seen")


def hold_something(fleet):
    """Publish an index of an object that is not there."""
    fleet.project.claim("bad", ("b", "b/1/saved_model.pb", "d41d8cd98f00b204e9800998ecf8427e"))


def test_the_text_follows_what_is_held_with_the_same_content(fleet):
    """Once, without a push, and under the title that a person gave it; forges may send CRLF."""
    fleet.sync()
    [pull] = fleet.pulls
    before = fleet.forge.tip(BRANCH)
    pull.title, pull.body = "OPS-123 a", pull.body.replace("\n", "\r\n")
    hold_something(fleet)

    fleet.sync()

    assert "1 held" in pull.body
    assert pull.title == "OPS-123 a"
    assert fleet.forge.tip(BRANCH) == before
    fleet.forge.requests.clear()
    fleet.sync()
    assert all(line.startswith("GET ") for line in fleet.forge.requests)
    (fleet.project.store / "index-bad.csv").unlink()
    fleet.sync()
    assert "0 held" in pull.body


@pytest.mark.parametrize(
    "edit", [lambda body: f"{body}- [x] seen", lambda body: body.replace("latest", "newest")]
)
def test_a_text_that_a_person_edited_stays_whatever_is_held(fleet, edit):
    """Until the content changes."""
    fleet.sync()
    fleet.pulls[0].body = edited = edit(fleet.pulls[0].body)
    hold_something(fleet)

    fleet.sync()

    assert fleet.pulls[0].body == edited
    fleet.project.publish("a", 2)
    fleet.sync()
    assert "1 held" in fleet.pulls[0].body


def test_a_step_that_waits_is_no_reason_to_write_again(fleet):
    """Its time moves with each run, until the step before is merged."""
    fleet.write({"match": "*", "versions": {"latest": 1}})
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.sync()
    seen = fleet.pulls[1].body
    assert "due" in seen
    time.sleep(1.1)

    fleet.sync()

    assert fleet.pulls[1].body == seen


def test_a_base_that_changed_what_the_request_touches_renews_it(fleet):
    """The scaffold was delivered and edited meanwhile: the branch must not conflict with that."""
    fleet.sync()
    files = fleet.origin.files(BRANCH)
    edited = {path: data for path, data in files.items() if "/base/" in path}
    edited["tf-serving/base/deployment.yaml"] += b"# mine\n"
    fleet.origin.commit(edited, "by a person")

    fleet.sync()

    assert fleet.origin.files(BRANCH)["tf-serving/base/deployment.yaml"].endswith(b"# mine\n")
    assert len(fleet.pulls) == 1


def test_an_empty_repository_is_refused_before_anything_is_pushed(fleet):
    """A pull request needs something to go into."""
    fleet.origin.repo.references.delete("refs/heads/main")

    result = fleet.sync()

    assert result.exit_code == 5
    assert "push a first commit to 'main'" in result.stderr
    assert fleet.forge.tip(BRANCH) is None


def test_a_branch_that_may_not_be_deleted_is_a_notice(fleet):
    """There is nothing to do, and that is no failure."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.origin.repo.config["receive.denyDeletes"] = True

    result = fleet.sync()

    assert result.exit_code == 0
    assert f"notice: {BRANCH} stays" in result.stdout


def test_an_unchanged_request_costs_no_look_into_models(fleet, monkeypatch):
    """A pull request may be open for weeks, and the sync runs every few minutes."""
    fleet.sync()
    monkeypatch.setattr(facts, "inspect_added", None)

    assert fleet.sync().exit_code == 0
