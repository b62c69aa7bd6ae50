"""The branch of a pull request: one commit of ours on the base, and never on a person's work."""

import os
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.delivery.commitment import Commitment
from generator.delivery.git import open_branch
from generator.delivery.seal import SealedContent, is_intact, with_seal
from generator.environment.delivery import Delivery, Signing
from generator.errors import PublishError
from tests.servers.origin import Origin

NAME = "tfs-gitops/prod"


def proposal(url: str):
    """Return the proposal's branch, read anew."""
    return open_branch(Delivery(repository=url), Path()).head_branch(NAME, "")


def put(url: str, text: bytes = b"1", removed: tuple[str, ...] = ()) -> str:
    """Put a commit there."""
    commit = proposal(url).commit(
        Commitment({"out/a": text}, removed, "models(prod): a +1\n\nTfs-X: y")
    )
    assert commit
    return commit


def test_a_branch_that_is_not_there_has_no_head(url):
    """The first sync makes it."""
    assert proposal(url).tip is None
    assert proposal(url).read("") == {}


def test_there_is_one_commit_on_the_base_however_often(url, origin):
    """It is made anew, not piled up."""
    origin.commit({"base.txt": b"x"}, "a person's")
    put(url, b"1")
    put(url, b"2")

    assert origin.log(NAME)[1:] == origin.log("main")
    assert origin.files(NAME) == {"base.txt": b"x", "out/a": b"2"}
    assert "out/a" not in origin.files("main")
    assert proposal(url).tip.is_ours
    assert proposal(url).read("out") == {"out/a": b"2"}


def test_it_follows_the_base(url, origin):
    """What came to the base meanwhile is there too."""
    put(url)
    origin.commit({"base.txt": b"x"}, "a person's")
    put(url)

    assert origin.files(NAME) == {"base.txt": b"x", "out/a": b"1"}


def test_a_commit_on_top_is_a_persons(url, origin):
    """Whoever is at work there is told by name."""
    put(url)
    origin.commit({"out/a": b"mine"}, "better\n\nbody", branch=NAME)

    head = proposal(url).tip

    assert not head.is_ours
    assert (head.author, head.subject) == ("Person", "better")


@pytest.mark.parametrize(
    "amend",
    [["-m", "other words"], ["--no-edit", "-a"], ["--no-edit", "--author=Ann <ann@example.com>"]],
)
def test_an_amended_commit_is_a_persons(url, origin, tmp_path, amend):
    """Also with our author, our message and our trailers."""
    put(url)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", NAME, str(origin.path), str(clone)], check=True)
    (clone / "out/a").write_text("mine")
    who = ["-c", "user.name=tfs-gitops", "-c", "user.email=tfs-gitops@example.com"]
    subprocess.run(["git", "-C", str(clone), *who, "commit", "-q", "--amend", *amend], check=True)
    subprocess.run(["git", "-C", str(clone), "push", "-q", "-f", "origin", NAME], check=True)

    assert not proposal(url).tip.is_ours


def amended(origin, folder, *options, **who):
    """Amend our commit in a clone, keep its message, author and dates, and push it."""
    clone = folder / "amended"
    git = ["git", "-C", str(clone)]
    subprocess.run(["git", "clone", "-q", "-b", NAME, str(origin.path), str(clone)], check=True)
    shown = subprocess.run(
        [*git, "log", "-1", "--date=raw", "--format=%cn%n%ce%n%cd"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    names = ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE")
    environ = {**os.environ, **dict(zip(names, shown, strict=True)), **who}
    command = [*git, *options, "commit", "-q", "--amend", "--no-edit"]
    subprocess.run(command, check=True, env=environ)
    subprocess.run([*git, "push", "-q", "-f", "origin", NAME], check=True)


@pytest.mark.parametrize(
    "who", [{"GIT_COMMITTER_NAME": "Ann"}, {"GIT_COMMITTER_DATE": "1700000000 +0000"}]
)
def test_a_commit_that_was_amended_as_it_is_is_a_persons(url, origin, tmp_path, who):
    """Who commits again has seen it, and may rely on it: author and message are still ours."""
    put(url)
    before = proposal(url).tip
    amended(origin, tmp_path, **who)

    after = proposal(url).tip

    assert (after.author, after.subject) == (before.author, before.subject)
    assert not after.is_ours


def test_a_branch_that_moved_meanwhile_is_left_alone(url, origin):
    """Only the tip that was seen is replaced: a person's push between two looks is safe."""
    put(url)
    seen = proposal(url)
    origin.commit({"out/a": b"mine"}, "a person's", branch=NAME)

    assert seen.commit(Commitment({"out/a": b"2"}, (), "ours")) is None
    assert seen.delete() is False
    assert origin.files(NAME)["out/a"] == b"mine"


def test_a_branch_that_appeared_meanwhile_is_left_alone(url, origin):
    """The same for the first commit."""
    seen = proposal(url)
    put(url)

    assert seen.commit(Commitment({"out/a": b"2"}, (), "ours")) is None
    assert origin.files(NAME)["out/a"] == b"1"


def test_it_can_be_deleted(url, origin):
    """When no difference is left."""
    put(url)

    assert proposal(url).delete()
    assert NAME not in list(origin.repo.branches.local)
    assert proposal(url).tip is None


def test_a_seal_fits_one_commit_only():
    """Another tree, another parent, another word, another folder: it does not fit."""
    made = SealedContent("tree", ["parent"], "me 1")
    message = with_seal("subject\n\nTfs-Environment: prod\n", "a", made)

    assert message.startswith("subject\n\nTfs-Environment: prod\nTfs-Seal: sha256:")
    assert is_intact(message, "a", made)
    assert not is_intact(message, "b", made)
    assert not is_intact(message, "a", replace(made, tree="other"))
    assert not is_intact(message, "a", replace(made, parents=["parent", "merged"]))
    assert not is_intact(message, "a", replace(made, by="me 2"))
    assert not is_intact(message, "a", replace(made, signature="-----BEGIN SSH SIGNATURE-----"))
    assert not is_intact(message.replace("prod", "dev"), "a", made)
    assert not is_intact("subject", "a", made)
    assert not is_intact("", "a", made)


def test_a_commit_for_another_folder_is_not_ours(url):
    """Two projects may deliver to one repository."""
    put(url)
    other = open_branch(Delivery(repository=url), Path()).head_branch(NAME, "team-b")

    assert not other.tip.is_ours
    assert other.tip.is_sealed


# --- signatures -------------------------------------------------------------------------


@pytest.fixture
def ssh_key(tmp_path: Path) -> Path:
    """Return an ssh key, with the file of those who may sign beside it."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text()
    (tmp_path / "allowed").write_text(f"* {public}")
    return key


def verify(origin: Origin, rev: str, *config: str, **environ: str) -> subprocess.CompletedProcess:
    """Run `git verify-commit`."""
    command = ["git", "-C", str(origin.path)]
    for setting in config:
        command += ["-c", setting]
    command += ["verify-commit", rev]
    env = {"PATH": "/usr/bin:/bin:/usr/local/bin", **environ}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


@pytest.mark.parametrize("key", ["key", "{folder}/key"])
def test_a_commit_is_signed_with_an_ssh_key(origin, ssh_key, tmp_path, key):
    """`git verify-commit` says so; a relative path is from the project folder."""
    signing = Signing("ssh", key.format(folder=tmp_path))
    branch = open_branch(Delivery(repository=str(origin.path), signing=signing), tmp_path)

    assert branch.commit(Commitment({"a": b"1"}, (), "signed"))
    assert branch.head_branch(NAME, "").commit(Commitment({"a": b"2"}, (), "signed too"))

    for rev in ("main", NAME):
        done = verify(origin, rev, f"gpg.ssh.allowedSignersFile={tmp_path}/allowed")
        assert done.returncode == 0, done.stderr
        assert "Good" in done.stderr + done.stdout
    assert branch.head_branch(NAME, "").tip.is_ours


@pytest.mark.parametrize("is_signed", [True, False])
def test_a_commit_that_was_signed_since_or_is_no_more_is_a_persons(
    origin, ssh_key, tmp_path, is_signed
):
    """With the name, the dates and the message that we gave it."""
    signing = Signing("ssh", str(ssh_key)) if is_signed else None
    branch = open_branch(Delivery(repository=str(origin.path), signing=signing), tmp_path)
    assert branch.head_branch(NAME, "").commit(Commitment({"a": b"1"}, (), "ours"))
    assert branch.head_branch(NAME, "").tip.is_ours
    key = ("-c", f"user.signingkey={ssh_key}", "-c", "gpg.format=ssh")
    before = origin.repo.revparse_single(NAME).id

    amended(origin, tmp_path, *key, "-c", f"commit.gpgsign={'false' if is_signed else 'true'}")

    assert origin.repo.revparse_single(NAME).id != before
    assert not proposal(str(origin.path)).tip.is_ours


def test_a_commit_is_signed_with_an_openpgp_key(origin, tmp_path):
    """From a file; no keyring of the machine is touched."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", ""]
    key = ["--quick-generate-key", "Bot <bot@example.com>", "ed25519", "sign", "never"]
    subprocess.run([*gpg, *key], check=True, capture_output=True)
    secret = subprocess.run(
        [*gpg, "--armor", "--export-secret-keys"], check=True, capture_output=True
    ).stdout
    (tmp_path / "key.asc").write_bytes(secret)
    signing = Signing("openpgp", "key.asc")
    branch = open_branch(Delivery(repository=str(origin.path), signing=signing), tmp_path)

    assert branch.commit(Commitment({"a": b"1"}, (), "signed"))
    assert branch.head_branch(NAME, "").commit(Commitment({"a": b"2"}, (), "signed too"))

    assert branch.head_branch(NAME, "").tip.is_ours
    done = verify(origin, "main", GNUPGHOME=str(home))
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    assert done.returncode == 0, done.stderr


def test_a_key_that_is_not_there_is_named(origin, tmp_path):
    """Before anything is pushed."""
    signing = Signing("ssh", "nowhere")
    branch = open_branch(Delivery(repository=str(origin.path), signing=signing), tmp_path)

    with pytest.raises(PublishError, match="nowhere: no such key"):
        branch.commit(Commitment({"a": b"1"}, (), "signed"))

    assert len(origin.log()) == 1


@pytest.mark.parametrize("form", ["ssh", "openpgp"])
def test_a_file_that_is_no_key_is_refused(origin, tmp_path, form):
    """With what the tool says of it."""
    (tmp_path / "key").write_text("not a key\n")
    (tmp_path / "key").chmod(0o600)
    signing = Signing(form, "key")
    branch = open_branch(Delivery(repository=str(origin.path), signing=signing), tmp_path)

    with pytest.raises(PublishError, match="the commit cannot be signed"):
        branch.commit(Commitment({"a": b"1"}, (), "signed"))


def test_what_it_is_made_on_is_the_commit_before_it_wherever_the_base_is_now(url, origin):
    """A copy has no past of it at first, and reads as much of that as it takes."""
    origin.commit({"base.txt": b"then"}, "a person's")
    put(url)
    for number in range(3):
        origin.commit({"base.txt": b"%d" % number}, "a person's")

    assert proposal(url).made_on.read("") == {"base.txt": b"then"}
    assert proposal(url).made_on.read("out") == {}


def test_a_branch_that_is_not_there_is_made_on_nothing(url):
    """Nor has it files."""
    assert proposal(url).made_on.read("") == {}
