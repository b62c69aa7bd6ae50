"""`tfs-gitops sync`: the main job."""

from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from generator.cli import environments, names, option_types, step_options, uncommitted_policy
from generator.cli.option_group import grouped
from generator.cli.project import Project
from generator.cli.receipt import receipts as receipt_files
from generator.cli.receipt.receipts import Receipts

if TYPE_CHECKING:
    from generator.pipeline.run import Options


class _Wishes(Struct, frozen=True):
    """The wishes for a run beside its environments."""

    dry_run: bool
    allow_removals: bool
    retake: tuple[str, ...]
    release: tuple[str, ...]
    pods: step_options.AskedPods
    override: str | None
    timeout: float
    """Seconds."""

    @property
    def are_none(self) -> bool:
        """Whether it is a sync like any other."""
        asked = self.allow_removals or self.retake or self.release or self.pods or self.override
        return not (self.dry_run or asked)

    def options(self, project: Project) -> "Options":
        """Return what is decided for the run."""
        options = project.options(
            dry_run=self.dry_run,
            allow_removals=self.allow_removals,
            retake=self.retake,
            uncommitted=uncommitted_policy.comparison(project),
        )
        options = replace(
            options,
            release=frozenset(self.release),
            patience=self.timeout,
            override=self.override,
        )
        return self.pods.asked_by(options)


_wishes = grouped(
    "wishes",
    _Wishes,
    click.option(
        "--dry-run", is_flag=True, help="Print what would be done, and stop before the commit."
    ),
    click.option(
        "--allow-removals", is_flag=True, help="Remove more models than `delivery.limits` allows."
    ),
    click.option(
        "--retake",
        multiple=True,
        type=names.MODEL,
        metavar="MODEL",
        help="Let the policy decide on MODEL again, which a person took back or which failed in "
        "pods; again for each.",
    ),
    click.option(
        "--release",
        multiple=True,
        type=names.MODEL,
        metavar="MODEL",
        help="Let go of MODEL, which was put on hold on the dashboard; again for each.",
    ),
    step_options.asked_pods,
    step_options.override,
    click.option(
        "--timeout",
        metavar="DURATION",
        type=option_types.duration,
        default="2m",
        show_default=True,
        help="How long to try again where somebody else has pushed first.",
    ),
)


@click.command()
@environments.argument
@_wishes
@click.option(
    "--reprove", is_flag=True, help="Compare every served version with the store now, not in turns."
)
@click.option("--strict", is_flag=True, help="Exit 7 if anything is held or degraded.")
@click.option(
    "--no-cache", is_flag=True, help="Do without what the last run proved: read and keep no cache."
)
@option_types.output_format()
@click.pass_obj
def sync(
    project: Project,
    env: tuple[str, ...],
    wishes: _Wishes,
    *,
    reprove: bool,
    strict: bool,
    no_cache: bool,
    form: str,
) -> int:
    """Bring the delivery repository to what the policy asks for.

    Makes at most one commit for each ENV (without ENV, all of environments/), and none if
    nothing changed. One environment that fails does not stop the others.

    A sync with nothing to do leaves a receipt in the cache: while all that it rested on stays as
    it was, the next one says the same, and reads no more than that.

    The lines of a plan: + add, ~ change, - remove, … later, ! held.

    \b
    Example:
      tfs-gitops sync dev
      tfs-gitops sync --dry-run
      tfs-gitops sync --format json
      tfs-gitops sync prod --server http://10.0.0.7:8501 --server http://10.0.0.8:8501
    """
    project = project.without_cache() if no_cache else project
    receipts = None
    if reprove and project.remembers:
        receipt_files.forget()
    elif wishes.are_none and project.remembers:
        receipts = Receipts.of(project.folder, ["sync", form, f"strict={strict}", *env])
    if receipts is not None and not project.is_verbose:
        code = receipts.tell_again(project.now(), lambda: project.mailbox, project.forge)
        if code is not None:
            return code
    from generator.cli.sync_run import SyncRun

    chosen = project.documents.names(env)
    wishes.pods.refuse_many(chosen)
    follows = project.remembers and not (reprove or wishes.dry_run)
    run = SyncRun(project, wishes.options(project), strict=strict, follows=follows)
    return run.all(env, chosen, form, receipts, reprove_all=reprove)
