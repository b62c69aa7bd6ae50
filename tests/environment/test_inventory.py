"""The key `source.inventory`: written short or long, merged, checked."""

import pytest

from generator.catalog.location import InventoryAddress
from generator.environment import load
from generator.environment.project_folder import texts
from generator.errors import InvalidInputError

URL = "s3://lists/inventory/models/daily"
HEAD = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: NAME}
spec:
"""
DEV = """\
  source:
    url: URL
    reprove: 48h
    inventory: INVENTORY
  delivery: {repository: ../fleet.git}
  serving: {image: 'tensorflow/serving:2.19.1'}
  policy: [{match: '*'}]
"""


def environment(root, inventory, url="s3://models", reprove="48h"):
    """Load dev with an inventory."""
    text = DEV.replace("INVENTORY", inventory).replace("48h", reprove).replace("URL", url)
    (root / "environments").mkdir(exist_ok=True)
    (root / "environments/dev.yaml").write_text(HEAD.replace("NAME", "dev") + text)
    return load.load(texts(root), "dev")


def test_a_url_alone_is_the_block_with_url(tmp_path):
    """The same environment, and the same settings in Git: to write it out is no change."""
    short = environment(tmp_path, URL)
    long = environment(tmp_path, f"{{url: {URL}}}")

    assert short.source.inventory == long.source.inventory == InventoryAddress(URL)
    assert short.settings.data == long.settings.data


def test_an_environment_changes_the_url_of_its_base_and_keeps_the_engine(tmp_path):
    """Key by key, also where one of them writes it short."""
    block = f"{{url: {URL}, engine: spark, table: lists, connect: {{spark.master: 'local[1]'}}}}"
    environment(tmp_path, block)
    prod = HEAD.replace("NAME", "prod") + (
        "  extends: dev\n  source: {inventory: 's3://other/x'}\n  policy: [{match: '*'}]\n"
    )
    (tmp_path / "environments/prod.yaml").write_text(prod)

    found = load.load(texts(tmp_path), "prod").source.inventory

    assert found == InventoryAddress("s3://other/x", "spark", "lists", {"spark.master": "local[1]"})


@pytest.mark.parametrize(
    ("inventory", "told"),
    [
        (f"{{url: {URL}, engine: athena}}", "table is missing, and athena needs one"),
        (f"{{url: {URL}, table: x}}", "table has no meaning with engine: duckdb"),
        (f"{{url: {URL}, connect: {{threads: 2}}}}", "connect.threads has no meaning"),
        (
            f"{{url: {URL}, engine: athena, table: t, connect: {{aws_secret_access_key: x}}}}",
            "connect.aws_secret_access_key may be a secret",
        ),
        (f"{{url: {URL}, engine: duck}}", 'found "duck"'),
        ("{engine: duckdb}", "url"),
        ("s3://lists", "inventory"),
        ("7", "inventory"),
    ],
)
def test_what_cannot_be_used_or_is_unsafe_is_refused_with_its_line(tmp_path, inventory, told):
    """At `check`: files alone tell it."""
    with pytest.raises(InvalidInputError) as error:
        environment(tmp_path, inventory)

    assert told in str(error.value)
    assert "dev.yaml:8:" in str(error.value)


def test_only_a_bucket_of_s3_has_inventories(tmp_path):
    """Other stores write none."""
    with pytest.raises(InvalidInputError, match=r"is of S3, and spec\.source\.url is not s3://"):
        environment(tmp_path, URL, "file:///srv/models")


@pytest.mark.parametrize(("reprove", "warned"), [("24h", True), ("1h", True), ("25h", False)])
def test_a_reprove_that_no_daily_list_is_younger_than_is_warned_of(tmp_path, reprove, warned):
    """The newest list would be too old for most of the day."""
    found = environment(tmp_path, URL, reprove=reprove).warnings

    assert any("spec.source.inventory" in it.message for it in found) is warned
