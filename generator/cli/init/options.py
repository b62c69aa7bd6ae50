"""The options of `init`, and the choices that they make."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from generator.cli import store_options
from generator.cli.option_group import grouped
from generator.text.pattern import pattern

if TYPE_CHECKING:
    from generator.render.fleet.choices import Choices

# A user or a team of a forge, or an e-mail address.
_OWNER = pattern(r"@[\w.-]+(/[\w.-]+)*|[^\s@]+@[^\s@]+")
_GITOPS = {"both": frozenset({"flux", "argocd"}), "none": frozenset[str]()}


class InitOptions(Struct, frozen=True):
    """The options as they were given; None, or nothing, where they were not."""

    names: tuple[str, ...]
    store: str | None
    endpoint: str | None
    region: str | None
    repository: str | None
    branch: str | None
    path: str | None
    image: str | None
    namespace: str | None
    gitops: str | None
    owners: tuple[str, ...]
    workflows: bool | None
    pages: bool
    dashboard: bool
    install: str | None

    def choices(self, root: Path) -> "Choices":
        """Return their values for the project folder *root*.

        An empty text, as of a variable that is not set, chooses nothing; but an empty path is
        the root of the repository.

        Raises:
            click.BadParameter: One is of no use.
        """
        from generator.cli import store_options
        from generator.cli.init import requirement, slips
        from generator.render.fleet import targets
        from generator.render.fleet.choices import Choices

        slips.refuse_no_names(self.names)
        if self.store:
            store_options.refuse_no_store(self.store)
        if self.workflows is False:
            slips.refuse_what_needs_workflows(self.install, pages=self.pages)
        if self.repository:
            slips.refuse_no_repository(self.repository, root)
        repository = targets.without_credentials(self.repository) if self.repository else None
        return Choices(
            names=tuple(dict.fromkeys(self.names)),
            store=self.store or None,
            endpoint=self.endpoint or None,
            region=self.region or None,
            repository=repository,
            branch=self.branch or None,
            path=None if self.path is None else self.path.strip("/"),
            image=self.image or None,
            namespace=self.namespace or None,
            gitops=_GITOPS.get(self.gitops, frozenset({self.gitops})) if self.gitops else None,
            owners=_owners(self.owners),
            workflows=self.workflows,
            pages=self.pages,
            dashboard=self.dashboard,
            requirement=requirement.parse(self.install) if self.install else None,
        )


init_options = grouped(
    "given",
    InitOptions,
    click.option(
        "--env",
        "names",
        multiple=True,
        metavar="NAME",
        help="An environment; again for each, first to last.  [default: dev, staging, prod; in a "
        "fleet, none more]",
    ),
    click.option(
        "--store",
        metavar="URL",
        help="Where the models are: s3://BUCKET[/PREFIX], gs://… or file:///DIR.  "
        "[default: the folder DIR/store]",
    ),
    click.option("--endpoint", metavar="URL", help=store_options.ENDPOINT),
    click.option("--region", metavar="REGION", help=store_options.REGION),
    click.option(
        "--repository",
        metavar="URL",
        help="What a sync commits to.  [default: where DIR was cloned from, else DIR/fleet.git]",
    ),
    click.option(
        "--branch",
        metavar="NAME",
        help="The branch that clusters follow.  [default: that of the clone, else main]",
    ),
    click.option(
        "--path",
        metavar="FOLDER",
        help="The folder in that repository which a sync writes.  [default: tf-serving]",
    ),
    click.option("--image", metavar="IMAGE", help="The server's image, with its version."),
    click.option(
        "--namespace",
        metavar="NAME",
        help="The start of each environment's namespace: NAME-prod for prod.  "
        "[default: tf-serving]",
    ),
    click.option(
        "--gitops",
        type=click.Choice(["flux", "argocd", "both", "none"]),
        help="Whose objects to write, by which a cluster follows the branch.  [default: both; in a "
        "fleet, for whom it has some]",
    ),
    click.option(
        "--owner",
        "owners",
        multiple=True,
        metavar="ENV=OWNER",
        help="Who approves changes of ENV, as prod=@acme/ml-leads; again for each.",
    ),
    click.option(
        "--workflows/--no-workflows",
        default=None,
        help="Whether to write workflows for GitHub Actions.  [default: yes; in a fleet, if it has "
        "some]",
    ),
    click.option(
        "--pages",
        is_flag=True,
        help="Write a workflow too that publishes the fleet page on GitHub Pages.",
    ),
    click.option(
        "--dashboard",
        is_flag=True,
        help="Have a sync keep an issue on the forge for each new environment: what waits, what is "
        "held and why, what differs.",
    ),
    click.option(
        "--install",
        metavar="REQUIREMENT",
        help="What the workflows install, as pip takes it: "
        "git+https://HOST/OWNER/tfs-gitops@COMMIT.  "
        "[default: what installed this program, if that is a release or a commit]",
    ),
)
"""Gives `init` its options, as `given`."""


def _owners(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, _, owner = text.partition("=")
        if not _OWNER.fullmatch(owner):
            problem = f"{text!r} is not ENV=@user, ENV=@org/team or ENV=e-mail"
            raise click.BadParameter(problem, param_hint="--owner")
        found[name] = (*found.get(name, ()), owner)
    return found
