"""A queue of SQS: read and emptied, with each thing that says where and as whom, and its faults.

AWS itself is moto: under its real names behind a proxy, and at a URL.
"""

import json
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import EndpointVariantError
from botocore.regions import EndpointResolver
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.events.ports import Message, QueueAddress
from generator.catalog.store import sigv4
from generator.catalog.store.limits import Limits
from generator.catalog.store.sqs import SqsQueue
from generator.catalog.store.sqs_access import Access
from generator.errors import StoreError
from generator.network import waits
from tests.kit.stores import NOWHERE
from tests.servers import aws as clouds
from tests.servers.flaky import flaky

KEYS = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "secret"}
QUICK = Limits(timeout=3, connect_timeout=3)
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """Run AWS at a URL, once."""
    with clouds.served(tmp_path_factory.mktemp("aws")) as found:
        yield found


@pytest.fixture
def queue(cloud, monkeypatch):
    """Return an empty queue, with a boto3 client for it."""
    for name, value in {**KEYS, "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    client = cloud.client("sqs", endpoint_url=cloud.url)
    return client, client.create_queue(QueueName=uuid4().hex)["QueueUrl"]


def profile(**values):
    """Write the profile `models`."""
    folder = Path.home() / ".aws"
    folder.mkdir(exist_ok=True)
    secret = "aws_access_key_id = profiled\naws_secret_access_key = secret\n"
    (folder / "credentials").write_text(f"[models]\n{secret}")
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    (folder / "config").write_text(f"[profile models]\n{lines}")


def test_messages_are_received_and_deleted(queue):
    """Ten at a time; what is not deleted comes again."""
    client, url = queue
    for number in range(25):
        client.send_message(QueueUrl=url, MessageBody=f"é{number}")
    subject = SqsQueue(QueueAddress(url))
    found = []
    while batch := subject.receive():
        assert len(batch) <= 10
        found += batch

    assert {it.body for it in found} == {f"é{number}" for number in range(25)}
    subject.delete(found)
    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert told["ApproximateNumberOfMessages"] == "0"
    assert told["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_what_is_not_let_go_is_told_once_all_were_tried(queue):
    """A message that nobody has is no reason to keep the others."""
    client, url = queue
    client.send_message(QueueUrl=url, MessageBody="a")
    subject = SqsQueue(QueueAddress(url))
    [message] = subject.receive()

    with pytest.raises(StoreError, match="failed to be deleted"):
        subject.delete([*(Message(str(number), "", "none") for number in range(10)), message])

    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert told["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_trial_of_rights_leaves_a_message_where_it_is(queue):
    """It stays visible to all."""
    client, url = queue
    client.send_message(QueueUrl=url, MessageBody="a")

    SqsQueue(QueueAddress(url)).try_rights()

    assert client.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "a"


def test_a_queue_that_is_not_there_is_told_in_its_own_words(queue):
    """With the next step."""
    with pytest.raises(StoreError, match=r"QueueDoesNotExist|NonExistentQueue") as told:
        SqsQueue(QueueAddress(f"{queue[1]}-not")).receive()

    assert "docs/events.md" in told.value.hint


ROWS = [
    ("its own URL", {}, {}, None, "us-east-1", "someone"),
    ("AWS_ENDPOINT_URL", {"AWS_ENDPOINT_URL": "URL"}, {}, None, "us-east-1", "someone"),
    (
        "that of SQS before the other",
        {"AWS_ENDPOINT_URL_SQS": "URL", "AWS_ENDPOINT_URL": NOWHERE},
        *({}, None, "us-east-1", "someone"),
    ),
    ("AWS_REGION", {"AWS_REGION": "eu-west-1"}, {}, None, "eu-west-1", "someone"),
    ("the default region", {"AWS_DEFAULT_REGION": "eu-west-2"}, {}, None, "eu-west-2", "someone"),
    ("source.region", {"AWS_REGION": "eu-west-1"}, {}, "ap-south-1", "ap-south-1", "someone"),
    ("a profile", {"AWS_PROFILE": "models"}, {"region": "eu-west-3"}, None, "eu-west-3",
     "profiled"),
    (
        "the profile's endpoint",
        {"AWS_PROFILE": "models"},
        *({"endpoint_url": "URL"}, None, "us-east-1", "profiled"),
    ),
    ("region before the profile", {"AWS_PROFILE": "models"}, {"region": "eu-west-3"}, "ap-south-1",
     "ap-south-1", "profiled"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_request_goes_where_the_environment_says_or_else_to_the_url(row, cloud, monkeypatch):
    """Signed for the region of the queue, by who is named."""
    _, env, profiled, region, signed_for, who = row
    client = cloud.client("sqs", endpoint_url=cloud.url, region_name=signed_for)
    url = client.create_queue(QueueName=uuid4().hex)["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="a")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with flaky(url.rpartition("/")[0].rpartition("/")[0]) as proxy:
        is_away = any("URL" in value for value in [*env.values(), *profiled.values()])
        named = url if is_away else proxy.url + "/" + url.split("/", 3)[3]
        if profiled:
            profile(**{key: it.replace("URL", proxy.url) for key, it in profiled.items()})
        for name, value in ({} if profiled else KEYS).items() | env.items():
            monkeypatch.setenv(name, value.replace("URL", proxy.url))

        [message] = SqsQueue(QueueAddress(named, region)).receive()

        [(_, headers)] = proxy.seen
    assert message.body == "a"
    assert f"Credential={who}/" in headers["Authorization"]
    assert f"/{signed_for}/sqs/aws4_request" in headers["Authorization"]


def hosts():
    """Yield each name that AWS has for a host of queues, as botocore knows them, and its region."""
    core = botocore.session.get_session()
    resolver = EndpointResolver(core.get_data("endpoints"), uses_builtin_data=True)
    for partition in resolver.get_available_partitions():
        for region in resolver.get_available_endpoints("sqs", partition):
            for stacks, fips in ((False, False), (False, True), (True, False), (True, True)):
                with suppress(EndpointVariantError):
                    found = resolver.construct_endpoint(
                        "sqs",
                        region,
                        partition,
                        use_dualstack_endpoint=stacks,
                        use_fips_endpoint=fips,
                    )
                    named = {found["hostname"], found.get("sslCommonName")} - {None}
                    yield from ((name, region) for name in sorted(named))


def test_a_request_is_signed_for_the_region_in_the_name_of_its_host(monkeypatch, tmp_path):
    """Whatever else says another: each of AWS's own names, and those that look like one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in (KEYS | {"AWS_REGION": "ap-south-1"}).items():
        monkeypatch.setenv(name, value)
    known = dict(hosts()) | {
        "vpce-1a-2b.sqs.us-east-1.vpce.amazonaws.com": "us-east-1",
        "SQS.eu-west-1.AMAZONAWS.com": "eu-west-1",
        "sqs.eu-west-1.localhost.localstack.cloud:4566": "eu-west-1",
        "sqs.example": "eu-west-3",
        "sqs.models.example": "eu-west-3",
    }

    found = {
        host: Access.of(QueueAddress(f"https://{host}/1/models", "eu-west-3")).region
        for host in known
    }

    assert len(found) > 100
    assert found == known


@pytest.mark.slow
def test_aws_itself_is_asked_under_its_own_name_and_region(tmp_path, monkeypatch):
    """Through the proxy and by the authority that the environment names."""
    with clouds.proxied(tmp_path) as cloud:
        for name, value in {
            **KEYS,
            "AWS_SESSION_TOKEN": "token",
            "HTTPS_PROXY": cloud.url,
            "AWS_CA_BUNDLE": str(clouds.AUTHORITY),
        }.items():
            monkeypatch.setenv(name, value)
        client = cloud.client("sqs", region_name="eu-west-1")
        url = client.create_queue(QueueName="models")["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody="a")
        found = SqsQueue(QueueAddress(url)).receive()

        assert [it.body for it in found] == ["a"]
        assert cloud.asked()[-1].startswith("https://sqs.eu-west-1.amazonaws.com/")


ODD = [
    (200, b"<html>sign in</html>", "no JSON"),
    (200, b"[]", "no object of JSON"),
    (200, b'{"Messages": [1]}', "no list of messages"),
    (200, b'{"Messages": [{"MessageId": "a"}]}', "no list of messages"),
    (200, b"[" * 1000, "no JSON"),
    (403, b'{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}',
     "AccessDeniedException: no"),
    (302, b"elsewhere", "302: elsewhere"),
    (500, b"\xff\x00", "500"),
    (200, b" " * (9 * 1024 * 1024), "more than 8,388,608 bytes"),
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[2])
def test_an_odd_answer_is_an_error_and_no_message(odd, queue):
    """Whatever answers in the place of a queue."""
    status, body, words = odd
    with flaky(queue[1].rpartition("/")[0]) as proxy:
        proxy.instead = lambda *_: (status, body)

        with pytest.raises(StoreError, match=words):
            SqsQueue(QueueAddress(f"{proxy.url}/1/q")).receive()


def test_what_passes_is_asked_again_once(queue):
    """A throttled request is no outage."""
    client, url = queue
    client.send_message(QueueUrl=url, MessageBody="a")
    with flaky(url.rpartition("/")[0].rpartition("/")[0]) as proxy:
        proxy.fault = lambda number, _: "503" if number == 1 else None

        [message] = SqsQueue(QueueAddress(f"{proxy.url}/{url.split('/', 3)[3]}")).receive()

    assert message.body == "a"


def test_silence_ends_within_the_wait(queue):
    """And is not waited for again."""
    with flaky(queue[1].rpartition("/")[0]) as proxy:
        proxy.fault = lambda *_: "silent"
        subject, begun = SqsQueue(QueueAddress(f"{proxy.url}/1/q"), QUICK), time.monotonic()
        for _ in range(2):
            with pytest.raises(StoreError, match=r"no answer|timed out"):
                subject.receive()
    waits.forget()
    assert time.monotonic() - begun < 8


def test_nobody_there_and_no_credentials_are_errors(monkeypatch):
    """As the file of the environment says where, and the machine who."""
    with pytest.raises(StoreError, match="no AWS credentials"):
        SqsQueue(QueueAddress(f"{NOWHERE}/1/q")).receive()
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError, match="refused"):
        SqsQueue(QueueAddress(f"{NOWHERE}/1/q")).receive()
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a\r\nHost: b")
    with pytest.raises(StoreError, match="the token has a blank"):
        SqsQueue(QueueAddress(f"{NOWHERE}/1/q")).receive()


@given(PRINTABLE, PRINTABLE, st.none() | PRINTABLE, st.binary(max_size=200))
def test_a_signature_is_that_of_botocore(access, secret, token, body):
    """Of any credentials and any body."""
    now = datetime.now(UTC)
    headers = {
        "Host": "sqs.eu-west-1.amazonaws.com",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AmazonSQS.ReceiveMessage",
    }
    keys = sigv4.Keys.sendable(access, secret, token)
    ours = sigv4.signed(headers, "/", body, keys, sigv4.Scope("sqs", "eu-west-1"), now)
    request = AWSRequest("POST", f"https://{headers['Host']}/", headers=headers, data=body)
    oracle = SigV4Auth(Credentials(access, secret, token), "sqs", "eu-west-1")
    oracle.add_auth(request)
    request.context["timestamp"] = ours["X-Amz-Date"]
    moment = request.headers["X-Amz-Date"]
    again = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    ours = sigv4.signed(headers, "/", body, keys, sigv4.Scope("sqs", "eu-west-1"), again)

    assert ours["Authorization"] == request.headers["Authorization"]
    assert json.dumps(ours)
