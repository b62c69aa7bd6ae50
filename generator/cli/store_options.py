"""The options of commands that open a store which no environment names."""

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from generator.cli.option_group import grouped

if TYPE_CHECKING:
    from generator.catalog.location import StoreAddress


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
    click.option("--endpoint", help="The URL of an S3-compatible store."),
    click.option("--region", help="The region of the bucket."),
    click.option(
        "--addressing", type=click.Choice(["path", "virtual"]), help="How the bucket is named."
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
