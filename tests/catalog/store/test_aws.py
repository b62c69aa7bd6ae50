"""`s3://` opens with and without each thing that says where and as whom, for every client.

AWS itself is moto: under its real names behind a proxy, and at a URL that AWS_ENDPOINT_URL
names. Each row says what the YAML and the environment say, and where requests must go.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.catalog.store.client import Answer
from generator.errors import StoreError
from tests.kit import versions
from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import constant
from tests.kit.stores import NOWHERE, QUICK, read_all
from tests.servers import aws as clouds
from tests.servers.flaky import flaky
from tests.servers.origin import Origin

KEYS = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "secret"}
LOCK = "tf-serving/overlays/dev/generated/models.lock.json"


@pytest.fixture(scope="session")
def behind_a_proxy(tmp_path_factory):
    """Run AWS under its own names, once."""
    with clouds.proxied(tmp_path_factory.mktemp("aws")) as found:
        yield found


@pytest.fixture(scope="session")
def at_a_url(tmp_path_factory):
    """Run AWS at a URL, once."""
    with clouds.served(tmp_path_factory.mktemp("aws")) as found:
        for bucket in ("models", "dotted.models"):
            client = found.client(endpoint_url=found.url, config=clouds.PATH_STYLE)
            client.create_bucket(Bucket=bucket)
            client.put_object(Bucket=bucket, Key="index-a.csv", Body=b"hello")
            client.put_object(Bucket=bucket, Key="m/1/saved_model.pb", Body=b"graph")
        yield found


def variables(monkeypatch, env: Mapping[str, str]) -> None:
    """Set these and no other variables of AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {"AWS_EC2_METADATA_DISABLED": "true", **env}.items():
        monkeypatch.setenv(name, value)


def profile(**values: str) -> None:
    """Write the profile `models`: its keys, and its configuration."""
    folder = Path.home() / ".aws"
    folder.mkdir(exist_ok=True)
    secret = "aws_access_key_id = profiled\naws_secret_access_key = secret\n"
    (folder / "credentials").write_text(f"[models]\n{secret}")
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    (folder / "config").write_text(f"[profile models]\n{lines}")


def use(source: StoreAddress) -> None:
    """Do all that a store is asked to: each is a request of another client."""
    store = open_store(source, QUICK)
    read_all(store)
    assert list(store.kept_checksums(["m/1/saved_model.pb"]))
    assert store.write("written", b"x")
    assert store.write("uploaded", Path(__file__))


@dataclass(frozen=True, slots=True)
class Row:
    """One way to say where a bucket is; `URL` stands for that of the server."""

    name: str
    source: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    asked: str = "URL/models"
    region: str = "us-east-1"
    who: str = "someone"
    token: str | None = None


TO = {"AWS_ENDPOINT_URL": "URL"}
AWAY = {"AWS_ENDPOINT_URL": NOWHERE, "AWS_ENDPOINT_URL_S3": NOWHERE}
NAMED = {"endpoint": "http://s3.test", "addressing": "virtual"}
ROWS = [
    Row("AWS_ENDPOINT_URL", env=TO),
    Row("AWS_ENDPOINT_URL with a slash", env={"AWS_ENDPOINT_URL": "URL/"}),
    Row("AWS_ENDPOINT_URL_S3", env={"AWS_ENDPOINT_URL_S3": "URL"}),
    Row("that of S3 before the other", env={**AWAY, "AWS_ENDPOINT_URL_S3": "URL"}),
    Row("endpoint", {"endpoint": "URL"}),
    Row("endpoint with a slash", {"endpoint": "URL/"}),
    Row("endpoint before both variables", {"endpoint": "URL"}, AWAY),
    Row("the profile's endpoint", env={"AWS_PROFILE": "models", "PROFILE_endpoint_url": "URL"},
        who="profiled"),
    Row("a variable before the profile", env={**TO, "AWS_PROFILE": "models",
        "PROFILE_endpoint_url": NOWHERE}, who="profiled"),
    Row("endpoint before the profile", {"endpoint": "URL"},
        {"AWS_PROFILE": "models", "PROFILE_endpoint_url": NOWHERE}, who="profiled"),
    Row("AWS_REGION", env={**TO, "AWS_REGION": "eu-west-1"}, region="eu-west-1"),
    Row("AWS_DEFAULT_REGION", env={**TO, "AWS_DEFAULT_REGION": "eu-west-2"}, region="eu-west-2"),
    Row("AWS_REGION before the default", env={**TO, "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-2"}, region="eu-west-1"),
    Row("region before the variables", {"region": "ap-south-1"}, {**TO, "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-2"}, region="ap-south-1"),
    Row("the profile's region", env={**TO, "AWS_PROFILE": "models",
        "PROFILE_region": "eu-west-3"}, region="eu-west-3", who="profiled"),
    Row("region before the profile", {"region": "ap-south-1"}, {**TO, "AWS_PROFILE": "models",
        "PROFILE_region": "eu-west-3"}, region="ap-south-1", who="profiled"),
    Row("an empty variable is none", env={**TO, "AWS_REGION": "", "AWS_ENDPOINT_URL_S3": ""}),
    Row("a session token", env={**TO, "AWS_SESSION_TOKEN": "tokened"}, token="tokened"),
    Row("addressing: path", {"endpoint": "URL", "addressing": "path"}),
    Row("addressing: path before the variable", {"endpoint": "URL", "addressing": "path"},
        {"AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true"}),
    Row("what only obstore reads changes nothing", env={**TO, "AWS_SKIP_SIGNATURE": "true",
        "AWS_S3_EXPRESS": "true", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_BUCKET": "other", "AWS_ALLOW_HTTP": "false"}),
    Row("addressing: virtual", NAMED, {"HTTP_PROXY": "URL"}, "http://models.s3.test"),
    Row("addressing: virtual of a variable", {"addressing": "virtual"},
        {"HTTP_PROXY": "URL", "AWS_ENDPOINT_URL": "http://s3.test"}, "http://models.s3.test"),
    Row("the bucket is in the endpoint already", {**NAMED, "endpoint": "http://models.s3.test/"},
        {"HTTP_PROXY": "URL"}, "http://models.s3.test"),
    Row("an endpoint with a name has paths", {"endpoint": "http://localhost.test"},
        {"HTTP_PROXY": "URL"}, "http://localhost.test/models"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_request_goes_where_the_yaml_says_or_else_the_environment(row, at_a_url, monkeypatch):
    """Of every client: listings, reads, looks at what is kept, and uploads."""
    with flaky(at_a_url.url) as proxy:

        def there(text: str) -> str:
            return text.replace("URL", proxy.url)

        env = {name: there(value) for name, value in row.env.items()}
        if "AWS_PROFILE" in env:
            monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
            found = {name: env.pop(name) for name in list(env) if name.startswith("PROFILE_")}
            profile(**{name.removeprefix("PROFILE_"): value for name, value in found.items()})
            variables(monkeypatch, env)
        else:
            variables(monkeypatch, KEYS | env)

        use(
            StoreAddress(
                "s3://models", **{name: there(value) for name, value in row.source.items()}
            )
        )

        assert len(proxy.seen) >= 7
        for target, headers in proxy.seen:
            path = target.split(" ", 1)[1]
            url = path if "://" in path else f"http://{headers['Host']}{path}"
            signed = headers["Authorization"]
            assert url.startswith((f"{there(row.asked)}/", f"{there(row.asked)}?"))
            assert f"Credential={row.who}/" in signed
            assert f"/{row.region}/s3/aws4_request" in signed
            assert headers.get("x-amz-security-token") == row.token


REAL = [
    (StoreAddress("s3://models-eu"), {}, "https://models-eu.s3.eu-west-1.amazonaws.com"),
    (StoreAddress("s3://models-eu"), {"AWS_REGION": "eu-west-1"},
     "https://models-eu.s3.eu-west-1.amazonaws.com"),
    (StoreAddress("s3://models-eu"), {"AWS_DEFAULT_REGION": "eu-west-1"},
     "https://models-eu.s3.eu-west-1.amazonaws.com"),
    (StoreAddress("s3://models-eu", region="eu-west-1"), {"AWS_REGION": "us-east-2"},
     "https://models-eu.s3.eu-west-1.amazonaws.com"),
    (StoreAddress("s3://models-eu", addressing="virtual"), {},
     "https://models-eu.s3.eu-west-1.amazonaws.com"),
    (StoreAddress("s3://models-eu", addressing="path"), {},
     "https://s3.eu-west-1.amazonaws.com/models-eu"),
    (StoreAddress("s3://models.eu"), {}, "https://s3.eu-west-1.amazonaws.com/models.eu"),
    (StoreAddress("s3://models-eu", region="eu-west-1"), {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
     "https://models-eu.s3.dualstack.eu-west-1.amazonaws.com"),
    (StoreAddress("s3://models-eu", region="eu-west-1"),
     {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": NOWHERE},
     "https://models-eu.s3.eu-west-1.amazonaws.com"),
]  # fmt: skip


@pytest.fixture
def itself(behind_a_proxy, monkeypatch):
    """Return AWS under its own names, with two buckets in Ireland."""
    variables(monkeypatch, KEYS)
    monkeypatch.setenv("HTTPS_PROXY", behind_a_proxy.url)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(clouds.AUTHORITY))
    client = behind_a_proxy.client(region_name="eu-west-1", config=clouds.PATH_STYLE)
    if not client.list_buckets()["Buckets"]:
        for bucket in ("models-eu", "models.eu"):
            where = {"LocationConstraint": "eu-west-1"}
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
            client.put_object(Bucket=bucket, Key="index-a.csv", Body=b"hello")
            client.put_object(Bucket=bucket, Key="m/1/saved_model.pb", Body=b"graph")
    return behind_a_proxy


@pytest.mark.parametrize(("source", "env", "asked"), REAL)
def test_aws_itself_needs_no_endpoint(itself, monkeypatch, source, env, asked):
    """Under its own host names, in the region of the bucket, which AWS tells if nobody does."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    before = len(itself.asked())

    use(source)

    urls = itself.asked()[before:]
    if source.region is None and "REGION" not in str(env):
        assert urls.pop(0) == f"https://s3.us-east-1.amazonaws.com/{source.location.bucket}"
    assert len(urls) >= 7
    assert [url for url in urls if not re.match(rf"{re.escape(asked)}[/?]", url)] == []


def test_a_role_by_web_identity(itself, monkeypatch, tmp_path):
    """As a pod or a workflow has it: a token in a file, and the role that it stands for."""
    token = tmp_path / "token"
    token.write_text("a.token.of.the.cluster")
    for name in KEYS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/models")
    before = len(itself.asked())

    use(StoreAddress("s3://models-eu", region="eu-west-1"))

    hosts = [urlsplit(url).hostname for url in itself.asked()[before:]]
    assert hosts[0] == "sts.eu-west-1.amazonaws.com"
    assert set(hosts[1:]) == {"models-eu.s3.eu-west-1.amazonaws.com"}


@pytest.mark.parametrize(
    ("source", "env", "problem"),
    [
        (
            StoreAddress("s3://b"),
            {"AWS_ENDPOINT_URL": "minio:9000"},
            "'minio:9000' is not an http://",
        ),
        (
            StoreAddress("s3://b"),
            {"AWS_ENDPOINT_URL_S3": "http://a b"},
            "'http://a b' is not an http",
        ),
        (
            StoreAddress("s3://b"),
            {"AWS_ENDPOINT_URL": "http://:9000"},
            "'http://:9000' is not an http",
        ),
        (StoreAddress("s3://b", "http://[::1"), {}, "'http://[::1' is not an http"),
        (StoreAddress("s3://b", "http://minio:api"), {}, "'http://minio:api' is not an http"),
        (
            StoreAddress("s3://b", "http://127.0.0.1:9000", addressing="virtual"),
            {},
            "addressing: virtual puts the bucket into the host name, and 127.0.0.1 is none",
        ),
        (StoreAddress("s3://b"), {"AWS_PROFILE": "absent"}, "profile (absent) could not be found"),
        (StoreAddress("s3://b", region="auto"), {}, "AWS has no S3 in the region 'auto'"),
        (
            StoreAddress("s3://b", NOWHERE),
            {"AWS_REGION": "eu\n"},
            r"'eu\n' is not the name of a region",
        ),
        (
            StoreAddress("s3://b", region="us-iso-east-1"),
            {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
            "AWS has no S3 in the region 'us-iso-east-1', or none of the kind",
        ),
    ],
)
def test_what_cannot_be_opened_says_what_to_correct(monkeypatch, source, env, problem):
    """Before any request, and with a next step."""
    variables(monkeypatch, KEYS | env)

    with pytest.raises(StoreError, match=re.escape(problem)) as caught:
        open_store(source, QUICK)

    assert caught.value.hint


def test_a_bucket_in_another_region_is_told_where_it_is():
    """AWS redirects, which is not followed; its answer has the value to set."""
    body = b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
    told = "PermanentRedirect: elsewhere (the bucket is in the region 'eu-west-1')"

    assert Answer(301, {"x-amz-bucket-region": "eu-west-1"}, body).words == told
    assert Answer(403, {"x-amz-bucket-region": "eu-west-1"}, b"no").words == "403: no"


def test_aws_and_another_store_make_the_same_commit(itself, s3, tmp_path, monkeypatch):
    """The same objects in buckets of one name: Git says the same, byte by byte."""
    variables(monkeypatch, {**s3.env, "AWS_CA_BUNDLE": str(clouds.AUTHORITY)})
    there = itself.client(config=clouds.PATH_STYLE)
    there.create_bucket(Bucket=s3.name)
    clients = {"aws": there, "other": s3.client}
    projects = {}
    for name, client in clients.items():
        versions.publish(partial(put, client, s3.name), "m/1", {"saved_model.pb": constant()})
        origin = Origin.create(tmp_path / f"{name}.git")
        project = ProjectFolder.create(tmp_path / name, str(origin.path))
        endpoint = {"endpoint": s3.endpoint} if name == "other" else {}
        project.environment(source={"url": s3.url, "region": "us-east-1", **endpoint})
        projects[name] = (project, origin)
    written_at_once(clients, s3.name)

    for project, _ in projects.values():
        result = project.run("sync")
        assert result.exit_code == 0, result.output
        assert "committed" in result.stdout

    aws, other = (origin.files() for _, origin in projects.values())
    assert json.loads(aws[LOCK])["models"].keys() == {"m"}
    assert aws == other


def put(client: Any, bucket: str, key: str, data: bytes) -> str:
    """Store an object and return its ETag."""
    etag: str = client.put_object(Bucket=bucket, Key=key, Body=data)["ETag"]
    return etag.strip('"')


def written_at_once(clients: Mapping[str, Any], bucket: str) -> None:
    """Write the index of each bucket again, until they are of one second."""
    for _ in range(20):
        times = set()
        for client in clients.values():
            body = client.get_object(Bucket=bucket, Key="index-m-1.csv")["Body"].read()
            put(client, bucket, "index-m-1.csv", body)
            head = client.head_object(Bucket=bucket, Key="index-m-1.csv")
            times.add(head["LastModified"].replace(microsecond=0))
        if len(times) == 1:
            return
    raise AssertionError("the clocks of the two stores differ")
