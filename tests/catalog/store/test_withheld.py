"""Objects that real stores list and do not hand out: each holds its own version, and no other."""

import pytest

from generator.catalog import full_catalog
from generator.catalog.claim import Blob
from generator.catalog.index import write
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Silent
from generator.catalog.presence import Presence
from generator.catalog.store import open_store
from tests.servers import aws
from tests.servers.flaky import flaky


def publish(client, bucket, model, names=("saved_model.pb", "variables/v"), **options):
    """Upload a version and its index; *options* are those of its last object."""
    rows = []
    for name in names:
        more = options if name == names[-1] else {}
        key = f"{model}/1/{name}"
        put = client.put_object(Bucket=bucket, Key=key, Body=b"x", **more)
        rows.append(Blob(key, put["ETag"].strip('"')))
    client.put_object(Bucket=bucket, Key=f"index-{model}.csv", Body=write(model, rows))


def proven(source):
    """Return the versions that the store proves and hands out, and what is held."""
    found = full_catalog.prove_all(Presence(open_store(source)), Silent())
    return [version.path for version in found.versions], found.held


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """Run another S3 server, which knows archives."""
    with aws.served(tmp_path_factory.mktemp("aws")) as cloud:
        yield cloud


@pytest.mark.parametrize("kind", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_archived_object_holds_its_version(cloud, monkeypatch, kind):
    """A lifecycle rule moved it: the listing has it as ever, and a server would not get it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    client = cloud.client(endpoint_url=cloud.url, config=aws.PATH_STYLE)
    bucket = f"models-{kind.lower().replace('_', '-')}"
    client.create_bucket(Bucket=bucket)
    publish(client, bucket, "m", StorageClass=kind)
    publish(client, bucket, "n")

    versions, [hold] = proven(
        StoreAddress(url=f"s3://{bucket}", endpoint=cloud.url, region="us-east-1")
    )

    assert versions == ["n/1"]
    assert (hold.model, hold.code.value) == ("m", "missing-object")
    [problem] = hold.problems
    assert problem.startswith("line 2: 'm/1/variables/v' cannot be read: InvalidObjectState")


def test_an_object_under_a_key_of_the_customer_holds_its_version(s3):
    """Only who has the key can read it (SSE-C)."""
    publish(s3.client, s3.name, "m", SSECustomerAlgorithm="AES256", SSECustomerKey="0" * 32)
    publish(s3.client, s3.name, "n")

    versions, [hold] = proven(StoreAddress(url=s3.url, endpoint=s3.endpoint))

    assert versions == ["n/1"]
    assert hold.code.value == "missing-object"
    assert "'m/1/variables/v' cannot be read: InvalidArgument" in hold.problems[0]


def test_an_object_that_is_deleted_between_its_listing_and_the_look_holds_its_version(s3):
    """Nothing is served for the first time on the word of a listing."""
    publish(s3.client, s3.name, "m")
    publish(s3.client, s3.name, "n")
    with flaky(s3.endpoint) as proxy:

        def fault(_, request):
            if request.startswith("GET") and "/m/1/saved_model.pb" in request:
                s3.delete("m/1/saved_model.pb")

        proxy.fault = fault

        versions, [hold] = proven(StoreAddress(url=s3.url, endpoint=proxy.url))

    assert versions == ["n/1"]
    assert hold.problems == ("line 1: 'm/1/saved_model.pb' is not in the store any more",)


def test_an_answer_without_an_etag_is_no_other_object(s3):
    """A proxy drops the header: absence is no evidence, and the size is compared all the same."""
    publish(s3.client, s3.name, "m")
    with flaky(s3.endpoint) as proxy:
        proxy.more = lambda request: {"Etag": ""} if "/m/1/" in request else {}

        versions, held = proven(StoreAddress(url=s3.url, endpoint=proxy.url))

    assert (versions, held) == (["m/1"], ())


def test_a_loop_of_links_in_a_folder_holds_its_version(tmp_path):
    """The folder lists the others as ever."""
    for model in ("loop", "n"):
        (tmp_path / f"index-{model}.csv").write_text(
            f"{model},{model}/1/saved_model.pb,md5:9dd4e461268c8034f5c8564e155c67a6\n"
        )
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "n/1").mkdir(parents=True)
    (tmp_path / "n/1/saved_model.pb").write_bytes(b"x")

    versions, [hold] = proven(StoreAddress(url=tmp_path.as_uri()))

    assert versions == ["n/1"]
    assert (hold.model, hold.code.value) == ("loop", "missing-object")
    assert "symbolic links" in hold.problems[0]
