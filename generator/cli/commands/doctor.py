"""`tfs-gitops doctor`: what a sync needs, looked at without one."""

from typing import TYPE_CHECKING

import click

from generator.cli import echo, environments, option_types
from generator.cli.boundary import STRICT, worst
from generator.cli.output import print_json
from generator.cli.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    from generator.status.doctor import report

    found = {name: [*_shown(name, findings, form)] for name, findings in _examined(project, env)}
    everything = [finding for findings in found.values() for finding in findings]
    if form == "json":
        print_json(report.as_json(found))
    else:
        echo.say(report.summary(everything))
    is_warned = strict and any(finding.level == "warn" for finding in everything)
    return worst([*(finding.exit_code for finding in everything), STRICT if is_warned else 0])


def _examined(
    project: Project, env: tuple[str, ...]
) -> "Iterator[tuple[str | None, Iterable[Finding]]]":
    """Yield the findings of this machine, by None, and of each environment, as they are made."""
    from generator.cli import doctor_world
    from generator.status.doctor import machine
    from generator.status.doctor.examination import examine

    facts = doctor_world.machine(project)
    yield None, machine.findings(facts)
    yield from examine(project.names(env), doctor_world.DoctorWorld(project), facts)


def _shown(name: str | None, findings: "Iterable[Finding]", form: str) -> "Iterator[Finding]":
    """Yield *findings*, each once it is printed; JSON is printed of all at once."""
    from generator.status.doctor import report

    if form == "text":
        echo.print_lines([report.heading(name)])
    for finding in findings:
        if form == "text":
            echo.print_lines(report.lines(finding))
        yield finding
    if form == "text":
        echo.say()
