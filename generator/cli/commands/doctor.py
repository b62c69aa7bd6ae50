"""`tfs-gitops doctor`: what a sync needs, looked at without one."""

from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from generator.cli import echo, environments, option_types
from generator.cli.boundary import STRICT, worst
from generator.cli.output import print_json
from generator.cli.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.status.doctor.finding import Finding, Section


@click.command()
@environments.argument
@option_types.output_format()
@click.option("--strict", is_flag=True, help="Exit 7 also for a warning.")
@click.pass_obj
def doctor(project: Project, env: tuple[str, ...], form: str, *, strict: bool) -> int:
    """Look at all that a sync needs, and at what a careful operator would change.

    For each ENV; without ENV, for all of environments/: whether the policy is valid and
    committed, the store is reachable and hands out its objects, the repository takes a push,
    the forge takes the token and protects the branch. Changes nothing, and pushes nothing. What
    no command can see, it asks.

    Exits like a sync that fails on what is told as `fail`.

    \b
    Example:
      tfs-gitops doctor
      tfs-gitops doctor prod --format json
    """
    from generator.status.doctor import report

    sections = [_shown(section, form) for section in _examined(project, env)]
    everything = [finding for section in sections for finding in section.findings]
    if form == "json":
        print_json(report.as_json(sections))
    else:
        echo.say(report.summary(everything))
    is_warned = strict and any(finding.level == "warn" for finding in everything)
    return worst([*(finding.exit_code for finding in everything), STRICT if is_warned else 0])


def _examined(project: Project, env: tuple[str, ...]) -> "Iterator[Section]":
    """Yield what is found on this machine and on each environment, and what only people know."""
    from generator.cli import doctor_world
    from generator.status.doctor import checklist, machine
    from generator.status.doctor.examination import examine
    from generator.status.doctor.finding import Section

    facts, world = doctor_world.machine(project), doctor_world.DoctorWorld(project)
    yield Section("this machine", machine.findings(facts))
    for name, findings in examine(project.documents.names(env), world, facts):
        yield Section(name, findings, name)
    yield Section("what you alone know", checklist.asked())


def _shown(section: "Section", form: str) -> "Section":
    """Return *section* with all that it finds, each printed once it is found but for JSON."""
    from generator.status.doctor import report

    if form == "json":
        return replace(section, findings=[*section.findings])
    echo.print_lines([report.heading(section)])
    found: list[Finding] = []
    for finding in section.findings:
        echo.print_lines(report.lines(finding))
        found.append(finding)
    echo.say()
    return replace(section, findings=found)
