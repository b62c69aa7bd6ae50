"""Policies of IAM with a condition on `s3:prefix`: who may list one prefix has a store there."""

import hashlib
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from generator.catalog.claim import Blob
from generator.catalog.index import write
from generator.catalog.store import wide
from generator.catalog.store.lister import Lister
from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import info, saved
from tests.servers.flaky import flaky
from tests.servers.paged import Paged

PAGE = Path("docs/aws.md")
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


def documented():
    """Return the conditions and the resources of the policy in the page about AWS."""
    [text] = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lists, reads = json.loads(text)["Statement"]
    return lists["Condition"]["StringLike"]["s3:prefix"], reads["Resource"].partition(":::")[2]


def denies(prefixes, resource, bucket):
    """Return what a proxy answers in place of a server, as IAM would have it answer."""

    def instead(target, _status, _body):
        parts = urlsplit(target.partition(" ")[2])
        key = unquote(parts.path).removeprefix(f"/{bucket}").removeprefix("/")
        asked = parse_qs(parts.query, keep_blank_values=True)
        if key:
            allowed = fnmatchcase(f"models/{key}", resource)
        else:  # a condition on a key that a request does not have is not met
            allowed = any(
                fnmatchcase(it, like) for it in asked.get("prefix", ()) for like in prefixes
            )
        return None if allowed else (403, DENIED)

    return instead


@pytest.fixture
def store(s3, monkeypatch):
    """The bucket behind a proxy, which denies nothing yet."""
    with flaky(s3.endpoint) as proxy:
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        yield proxy


def project_at(tmp_path, origin, s3, proxy, models):
    """Return a project whose store is `team-a` in the bucket, with *models* published."""
    project = ProjectFolder.create(tmp_path, str(origin.path))
    project.environment(source={"url": f"{s3.url}/team-a", "endpoint": proxy.url})
    graph = saved([info("serve")])
    for model in models:
        key = f"{model}/1/saved_model.pb"
        s3.put(f"team-a/{key}", graph)
        blob = Blob(key, hashlib.md5(graph, usedforsecurity=False).hexdigest())
        s3.put(f"team-a/index-{model}.csv", write(model, [blob]))
    return project


@pytest.mark.parametrize("count", [2, wide.FEW + 1])
def test_the_policy_of_the_page_is_enough_for_a_sync(tmp_path, origin, s3, store, count):
    """Every listing names a prefix below that of the store: of indexes, versions, receipts."""
    like, resource = documented()
    models = [f"m-{number:02}" for number in range(count)]
    project = project_at(tmp_path, origin, s3, store, models)
    store.instead = denies([like], resource, s3.url.removeprefix("s3://"))

    for arguments in (["catalog"], ["plan"], ["sync"], ["sync"], ["sync"], ["sync", "--no-cache"]):
        done = project.run(*arguments)
        assert done.exit_code == 0, (arguments, done.output)
        assert "AccessDenied" not in done.output

    assert f"{count} proven, 0 held" in project.run("catalog").output
    listed = [parse_qs(urlsplit(it).query) for it in store.requests if "list-type=2" in it]
    assert listed
    assert all(query["prefix"][0].startswith("team-a/") for query in listed)


def test_a_policy_that_does_not_name_the_prefix_changes_nothing(tmp_path, origin, s3, store):
    """The words of the store, exit 4."""
    project = project_at(tmp_path, origin, s3, store, ["m"])
    before = origin.log()
    store.instead = denies(["team-b/*"], "models/*", s3.url.removeprefix("s3://"))

    done = project.run("sync")

    assert done.exit_code == 4
    assert "AccessDenied" in done.output
    assert origin.log() == before


def test_whole_prefixes_are_listed_page_after_page_and_the_log_says_so(caplog):
    """A policy may name `index-` alone: then nothing is parted, once, in words."""
    keys = sorted(
        f"index-{n * 7919 % 65536:04x}0000-0000-4000-8000-{n:012x}.csv" for n in range(8000)
    )
    bucket = Paged(keys, allowed=frozenset({"index-"}))

    found = sorted(item.key for item in Lister(bucket).top("index-"))

    assert found == keys
    [line] = [record.getMessage() for record in caplog.records]
    assert "lists 'index-', and nothing longer (AccessDenied)" in line
    assert "let s3:prefix end in *" in line
