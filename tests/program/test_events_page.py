"""docs/events.md: its Terraform says what AWS needs, and what it sets up reaches a sync."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import hcl2
import pytest
from moto.events.models import EventPattern

from generator.catalog.events.message import keys_in
from generator.catalog.location import Location
from generator.catalog.store import sqs
from generator.limits.events import LATE_SECONDS, LOOKED_AT, QUEUE_MESSAGES
from tests.kit.queues import by_event_bridge
from tests.servers import aws

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "events.md").read_text(encoding="utf-8")
DECISION = next((DOCS / "decisions").glob("0054-*.md")).read_text(encoding="utf-8")
[TEXT] = re.findall(r"```hcl\n(.*?)```", PAGE, re.DOTALL)


def plain(value):
    """Return what python-hcl2 read, without the quotes and braces that it keeps."""
    if isinstance(value, dict):
        return {plain(key): plain(it) for key, it in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(it) for it in value]
    if isinstance(value, str):
        return (
            value.strip('"').removeprefix("${").removesuffix("}") if "${var" not in value else value
        )
    return value


def blocks(kind):
    """Return the blocks of a kind by their address, such as `aws_sqs_queue.models`."""
    found = plain(hcl2.loads(TEXT)).get(kind, [])
    return {f"{type_}.{name}": body for it in found for type_, named in it.items()
            for name, body in named.items()}  # fmt: skip


RESOURCES, DATA = blocks("resource"), blocks("data")


def statement(name):
    """Return the statement of a policy."""
    [found] = DATA[f"aws_iam_policy_document.{name}"]["statement"]
    return found


def test_every_reference_names_what_is_there():
    """A typing error would be found by nobody but who applies it."""
    variables = {name for it in plain(hcl2.loads(TEXT))["variable"] for name in it}
    found = set(re.findall(r"\b(data\.aws_\w+\.\w+|(?<!data\.)aws_\w+\.\w+|var\.\w+)\b", TEXT))

    assert found == {
        *(f"var.{name}" for name in variables),
        *(f"data.{name}" for name in DATA if f"data.{name}" in found),
        *(name for name in RESOURCES if name in found),
    }
    assert {"aws_sqs_queue.models", "aws_sqs_queue.models_dead"} <= found


def test_a_sync_gets_the_rights_that_it_uses_and_no_others():
    """And S3 alone may send, for this bucket alone."""
    source = Path(sqs.__file__).read_text(encoding="utf-8")
    used = {
        f"sqs:{name.removesuffix('Batch')}" for name in re.findall(r'"(\w+Message\w*)", ', source)
    }

    assert set(statement("sync")["actions"]) == used
    sends = statement("bucket_sends")
    assert sends["actions"] == ["sqs:SendMessage"]
    assert sends["principals"] == [{"type": "Service", "identifiers": ["s3.amazonaws.com"]}]
    [condition] = sends["condition"]
    assert condition["variable"] == "aws:SourceArn"


def test_what_cannot_be_taken_has_an_end():
    """After some tries it goes to another queue, which keeps it longer."""
    queue, dead = RESOURCES["aws_sqs_queue.models"], RESOURCES["aws_sqs_queue.models_dead"]

    assert "aws_sqs_queue.models_dead.arn" in queue["redrive_policy"]
    assert "maxReceiveCount" in queue["redrive_policy"]
    assert dead["message_retention_seconds"] > queue["message_retention_seconds"]
    assert 0 < queue["visibility_timeout_seconds"] <= 43_200


def test_the_rule_of_event_bridge_lets_index_files_pass_and_nothing_else():
    """By the matcher of moto, and each is one that a sync reads."""
    [pattern] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    rule = EventPattern.load(pattern)
    events = [json.loads(by_event_bridge("models", key)) for key in ("index-a.csv", "m/1/a")]
    other = json.loads(by_event_bridge("others", "index-a.csv"))

    assert [rule.matches_event(it) for it in (*events, other)] == [True, False, False]
    assert keys_in(json.dumps(events[0]), Location.parse("s3://models")) == {"index-a.csv"}


def test_the_page_tells_the_numbers_of_the_program():
    """They are limits, and may change."""
    assert f"more than {QUEUE_MESSAGES:,} messages" in PAGE
    assert f"older than {LATE_SECONDS // 60} minutes" in PAGE
    assert f"more than {LOOKED_AT:,} names" in DECISION
    for code in ("events-missed", "events-unread", "events-behind", "events-unused"):
        assert f"| `{code}` |" in PAGE


@pytest.mark.slow
def test_an_upload_reaches_the_queue_that_it_sets_up(tmp_path, monkeypatch):
    """AWS is moto, with the values of the page; of other objects nothing is told."""
    with aws.served(tmp_path) as cloud:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        bucket = cloud.client(endpoint_url=cloud.url, config=aws.PATH_STYLE)
        queues = cloud.client("sqs", endpoint_url=cloud.url)
        bucket.create_bucket(Bucket="models")
        queue = RESOURCES["aws_sqs_queue.models"]
        url = queues.create_queue(
            QueueName=queue["name"],
            Attributes={
                "VisibilityTimeout": str(queue["visibility_timeout_seconds"]),
                "MessageRetentionPeriod": str(queue["message_retention_seconds"]),
                "Policy": json.dumps(
                    _policy(f"arn:aws:sqs:us-east-1:123456789012:{queue['name']}")
                ),
            },
        )["QueueUrl"]
        [told] = RESOURCES["aws_s3_bucket_notification.models"]["queue"]
        prefix = told["filter_prefix"].strip('"').replace("${var.prefix}", "")
        bucket.put_bucket_notification_configuration(
            Bucket="models",
            NotificationConfiguration={
                "QueueConfigurations": [
                    {
                        "QueueArn": f"arn:aws:sqs:us-east-1:123456789012:{queue['name']}",
                        "Events": told["events"],
                        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
                    }
                ]
            },
        )
        bucket.put_object(Bucket="models", Key="m/1/saved_model.pb", Body=b"x")
        bucket.put_object(Bucket="models", Key="index-m 1.csv", Body=b"x")
        bucket.delete_object(Bucket="models", Key="index-m 1.csv")

        found = [*sqs.SqsQueue(sqs.QueueAddress(url)).receive()]

    assert urlsplit(url).path.endswith("/models")
    keys = [keys_in(it.body, Location.parse("s3://models")) for it in found]
    assert [it for it in keys if it] == [{"index-m 1.csv"}] * 2


def _policy(arn):
    """Return the policy of the page as JSON."""
    sends = statement("bucket_sends")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": sends["actions"],
                "Principal": {"Service": sends["principals"][0]["identifiers"]},
                "Resource": arn,
            }
        ],
    }
