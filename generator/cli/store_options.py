"""The options of commands that open a store which no environment names."""

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from generator.cli.option_group import grouped

if TYPE_CHECKING:
    from generator.catalog.location import StoreAddress

ENDPOINT = (
    "The URL of an S3-compatible store.  [default: that of AWS's variables or profile, else the "
    "cloud's own]"
)
REGION = (
    "The region of the bucket, as eu-west-1.  [default: that of AWS's variables or profile, else "
    "AWS is asked]"
)
"""The words of these options, the same in each command."""


class StoreAccess(Struct, frozen=True):
    """The way to a store that a command opens, beside its URL."""

    endpoint: str | None
    region: str | None
    addressing: str | None

    def address(self, url: str) -> "StoreAddress":
        """Return the address of the store at *url*."""
        from generator.catalog.location import StoreAddress

        return StoreAddress(url, self.endpoint, self.region, self.addressing)


store_access = grouped(
    "access",
    StoreAccess,
    click.option("--endpoint", metavar="URL", help=ENDPOINT),
    click.option("--region", metavar="REGION", help=REGION),
    click.option(
        "--addressing",
        type=click.Choice(["path", "virtual"]),
        help="Where a request names the bucket: in the path, or in the host name (virtual).  "
        "[default: virtual for AWS, path with an endpoint]",
    ),
)
"""Gives a command that opens a store `--endpoint`, `--region` and `--addressing`, as `access`."""


def refuse_no_store(url: str) -> None:
    """Refuse what is no URL of a store, as a value of `--store`.

    Raises:
        click.BadParameter: It is none.
    """
    from generator.catalog.location import Location

    try:
        Location.parse(url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--store") from error
