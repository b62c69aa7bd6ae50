"""The real parts that other tests stand on: they work, and they refuse what they should."""

import gzip
import random
import socket
import subprocess
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import obstore
import pygit2
import pytest
from obstore.exceptions import PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from tests.conftest import S3Bucket
from tests.kit import kubernetes
from tests.servers.git_http import GitServer, git_http
from tests.servers.github import github
from tests.servers.origin import Origin

ETAG_OF_HELLO = "5d41402abc4b2a76b9719d911017c592"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: serving}
spec:
  selector: {matchLabels: {app: serving}}
  template:
    metadata: {labels: {app: serving}}
    spec: {containers: [{name: serving, image: tensorflow/serving}]}
"""


def obstore_of(bucket: S3Bucket, **options):
    """Return obstore's view of the bucket, with credentials from the environment."""
    settings = {"client_options": {"allow_http": True}, "retry_config": {"max_retries": 0}}
    return S3Store.from_url(bucket.url, endpoint=bucket.endpoint, **settings, **options)


def git(*arguments: str | Path) -> str:
    """Run Git in the clean environment, and return what it prints."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_bucket_keeps_what_boto3_puts(s3):
    """An ETag is the MD5 of a small object, as on AWS: index files rely on it."""
    assert s3.put("resnet/1/saved_model.pb", b"hello") == ETAG_OF_HELLO
    s3.put("resnet/1/gone", b"")
    s3.delete("resnet/1/gone")

    listed = s3.client.list_objects_v2(Bucket=s3.name)["Contents"]

    assert [(one["Key"], one["ETag"]) for one in listed] == [
        ("resnet/1/saved_model.pb", f'"{ETAG_OF_HELLO}"')
    ]
    assert s3.client.get_object(Bucket=s3.name, Key=listed[0]["Key"])["Body"].read() == b"hello"


def test_a_bucket_keeps_what_obstore_puts(s3):
    """Both libraries see the same objects, with credentials from the environment alone."""
    store = obstore_of(s3)
    obstore.put(store, "bert/1/a b.txt", b"hello")

    listed = [one for page in obstore.list(store) for one in page]

    assert [(one["path"], one["size"]) for one in listed] == [("bert/1/a b.txt", 5)]
    assert bytes(obstore.get(store, "bert/1/a b.txt").bytes()) == b"hello"
    assert s3.client.head_object(Bucket=s3.name, Key="bert/1/a b.txt")["ContentLength"] == 5


@pytest.mark.parametrize("number", [1, 2])
def test_each_test_gets_an_empty_bucket(s3, number):
    """What one test leaves behind, no other test sees."""
    assert list(obstore.list(obstore_of(s3))) == []
    s3.put(f"left/{number}", b"x")


def test_s3_refuses_a_wrong_secret(s3):
    """A server that took any credentials would hide our mistakes."""
    with pytest.raises((PermissionDeniedError, UnauthenticatedError)):
        obstore.put(obstore_of(s3, secret_access_key="wrong"), "a", b"x")


def test_git_clones_over_http(origin, git_server, tmp_path):
    """The clone has the files, and the server has a record of the requests."""
    origin.commit({"overlays/prod/models.config": b"x\n"}, "add")

    git("clone", "--quiet", git_server.url, tmp_path / "clone")

    assert (tmp_path / "clone/overlays/prod/models.config").read_bytes() == b"x\n"
    assert git_server.requests[0] == "GET /origin.git/info/refs?service=git-upload-pack"
    assert "POST /origin.git/git-upload-pack" in git_server.requests


@pytest.mark.parametrize("size", [10, 3_000_000], ids=["one body", "chunks"])
def test_git_pushes_over_http(origin, git_server, tmp_path, size):
    """Above 1 MiB Git sends its pack in chunks."""
    noise = random.Random(0).randbytes(size)
    clone = tmp_path / "clone"
    git("clone", "--quiet", git_server.url, clone)
    (clone / "big").write_bytes(noise)
    git("-C", clone, "add", "big")
    git("-C", clone, "commit", "--quiet", "-m", "big")

    git("-C", clone, "push", "--quiet", "origin", "main")

    assert origin.files() == {"big": noise}


def test_a_gzipped_body_is_understood(git_server):
    """Git compresses long negotiations; the backend inflates what the bridge passes on."""
    request = urllib.request.Request(  # noqa: S310 -- our own server
        f"{git_server.url}/git-upload-pack",
        data=gzip.compress(b"0014command=ls-refs\n0000"),
        headers={
            "Content-Type": "application/x-git-upload-pack-request",
            "Content-Encoding": "gzip",
            "Git-Protocol": "version=2",
        },
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 -- our own server
        assert b"refs/heads/main" in answer.read()


def test_libgit2_fetches_shallow_and_pushes(origin, git_server, tmp_path):
    """The way the product works: the last commit only, then a branch of its own."""
    for number in range(3):
        origin.commit({"file": b"%d\n" % number}, f"commit {number}")
    clone = pygit2.init_repository(tmp_path / "clone.git", bare=True)
    remote = clone.remotes.create("origin", git_server.url)

    remote.fetch(["+refs/heads/main:refs/remotes/origin/main"], depth=1)
    head = clone.references["refs/remotes/origin/main"].peel(pygit2.Commit)
    author = pygit2.Signature("Test", "test@example.com")
    clone.create_commit("refs/heads/update", author, author, "ours", head.tree.id, [head.id])
    remote.push(["refs/heads/update"])

    assert clone.is_shallow
    assert [one.message for one in clone.walk(head.id)] == ["commit 2"]
    assert origin.log("update") == ["ours", "commit 2", "commit 1", "commit 0", "start"]


def test_a_hook_refuses_a_push(origin, git_server, tmp_path):
    """Protected branches: the hooks of the repository run, and the client is told."""
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho main is protected >&2\nexit 1\n")
    hook.chmod(0o755)
    clone = pygit2.clone_repository(git_server.url, tmp_path / "clone")
    author = pygit2.Signature("Test", "test@example.com")
    clone.create_commit(
        "HEAD", author, author, "ours", clone.head.peel().tree.id, [clone.head.target]
    )

    pushed = subprocess.run(
        ["git", "-C", tmp_path / "clone", "push", "origin", "main"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert pushed.returncode == 1
    assert "main is protected" in pushed.stderr
    assert origin.log() == ["start"]


@pytest.fixture
def private(origin: Origin):
    """Serve the origin to one user."""
    with git_http(origin.path.parent, user="bot", password="right") as server:
        yield server


def test_git_refuses_a_wrong_password(private: GitServer):
    """So that tests of authentication can fail."""
    host = private.url.removeprefix("http://")

    assert "refs/heads/main" in git("ls-remote", f"http://bot:right@{host}/origin.git")
    for wrong in (f"http://bot:wrong@{host}", f"http://{host}"):
        done = subprocess.run(
            ["git", "ls-remote", f"{wrong}/origin.git"], capture_output=True, check=False
        )
        assert done.returncode == 128


def test_libgit2_refuses_a_wrong_password(private: GitServer, origin, tmp_path):
    """A token goes as the password, for fetch and push alike."""
    clone = pygit2.init_repository(tmp_path / "clone.git", bare=True)
    remote = clone.remotes.create("origin", f"{private.url}/origin.git")
    callbacks = pygit2.RemoteCallbacks(credentials=pygit2.UserPass("bot", "right"))

    remote.fetch(callbacks=callbacks)
    clone.references.create("refs/heads/copy", clone.references["refs/remotes/origin/main"].target)
    remote.push(["refs/heads/copy"], callbacks=callbacks)

    assert origin.log("copy") == ["start"]
    with pytest.raises(pygit2.GitError):
        remote.fetch()


def test_a_real_build_is_valid(tmp_path):
    """Kustomize builds a hand-made folder, and each object is what Kubernetes takes."""
    (tmp_path / "deployment.yaml").write_text(DEPLOYMENT)
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [deployment.yaml]\nnamespace: models\n"
        "configMapGenerator: [{name: config, literals: [a=b]}]\n"
    )

    objects = kubernetes.build(tmp_path)

    assert [one["kind"] for one in objects] == ["ConfigMap", "Deployment"]
    assert {one["metadata"]["namespace"] for one in objects} == {"models"}
    kubernetes.validate(objects)


def test_an_unknown_field_is_refused(tmp_path):
    """A typo in a manifest fails here, and not in the cluster; the message names the place."""
    (tmp_path / "deployment.yaml").write_text(DEPLOYMENT.replace("image:", "imaeg:"))
    (tmp_path / "kustomization.yaml").write_text("resources: [deployment.yaml]\n")

    with pytest.raises(AssertionError, match=r"Deployment serving: /spec/template/.*imaeg"):
        kubernetes.validate(kubernetes.build(tmp_path))


def test_an_unknown_kind_is_refused_unless_named():
    """What an operator brings has no schema here, and must be named by the test."""
    objects = [{"apiVersion": "x.io/v1", "kind": "PodMonitor", "metadata": {"name": "m"}}]

    kubernetes.validate(objects, custom_kinds={"PodMonitor"})
    with pytest.raises(AssertionError, match="no such kind"):
        kubernetes.validate(objects)


def test_a_folder_that_does_not_build_is_refused(tmp_path):
    """The message is that of Kustomize."""
    (tmp_path / "kustomization.yaml").write_text("resources: [missing.yaml]\n")

    with pytest.raises(AssertionError, match=r"missing\.yaml"):
        kubernetes.build(tmp_path)


def test_half_a_request_of_a_killed_client_is_none(origin):
    """A stand-in for a forge neither answers it nor holds it against the client."""
    with github(origin) as forge:
        there = urlsplit(forge.url)
        with socket.create_connection((there.hostname, there.port), timeout=10) as client:
            client.sendall(b"POST /repos/o/r/pulls HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
    assert forge.violations == []
