"""The output of commands on stdout: plans in each of their forms, and JSON."""

import codecs
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from generator.cli.project import Project

if TYPE_CHECKING:
    from generator.plan.plan import Plan


def print_plan(project: Project, plan: "Plan", form: str = "text") -> None:
    """Print a plan on stdout as `text`, `json` or `markdown`."""
    from generator.report import as_json, terminal
    from generator.report.markdown import plan_markdown

    if form == "json":
        print_json(as_json.plan_json(plan))
    elif form == "markdown":
        click.echo(plan_markdown(plan, project.templates))
    else:
        click.echo(terminal.plan_text(plan))


def print_json(data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Print what `--format json` asks for on stdout, in ASCII where that is not UTF-8."""
    is_ascii = codecs.lookup(sys.stdout.encoding).name != "utf-8"
    click.echo(json.dumps(data, indent=2, ensure_ascii=is_ascii))
