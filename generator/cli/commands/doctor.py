"""`tfs-gitops doctor`: what a sync needs, looked at without one."""

from typing import TYPE_CHECKING

import click

from generator.cli import environments, option_types
from generator.cli.boundary import STRICT, worst
from generator.cli.output import print_json
from generator.cli.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generator.status.doctor.finding import Finding


@click.command()
@environments.argument
@option_types.output_format()
@click.option("--strict", is_flag=True, help="Exit 7 if anything is to be looked at.")
@click.pass_obj
def doctor(project: Project, env: tuple[str, ...], form: str, *, strict: bool) -> int:
    """Look at all that a sync needs, and at what a careful operator would change.

    For each ENV; without ENV, for all of environments/: whether the policy is valid and
    committed, the store is reachable and hands out its objects, the repository takes a push,
    the forge takes the token and protects the branch. Changes nothing, and pushes nothing.

    Exits like a sync that fails on what is told as `fail`.

    \b
    Example:
      tfs-gitops doctor
      tfs-gitops doctor prod --format json
    """
    from generator.cli import doctor_world
    from generator.status.doctor import machine as on_machine
    from generator.status.doctor import report
    from generator.status.doctor.examination import examine

    world = doctor_world.DoctorWorld(project)
    machine = doctor_world.machine(project)
    found: dict[str | None, list[Finding]] = {}

    def show(name: str | None, findings: "Iterable[Finding]") -> None:
        if form == "text":
            click.echo(name or "this machine")
        found[name] = []
        for finding in findings:
            found[name].append(finding)
            if form == "text":
                click.echo("\n".join(report.lines(finding)))
        if form == "text":
            click.echo()

    show(None, on_machine.findings(machine))
    for name, findings in examine(project.names(env), world, machine):
        show(name, findings)
    everything = [finding for findings in found.values() for finding in findings]
    if form == "json":
        print_json(report.as_json(found))
    else:
        click.echo(report.summary(everything))
    codes = [finding.exit_code for finding in everything]
    is_warned = strict and any(finding.level == "warn" for finding in everything)
    return worst([*codes, STRICT if is_warned else 0])
