"""The output of commands on stdout: plans for people, and JSON."""

import codecs
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from generator.cli import echo
from generator.cli.project import Project
from generator.text.quoting import printable_json

if TYPE_CHECKING:
    from generator.plan.plan import Plan


def print_plan(project: Project, plan: "Plan", *, diff: bool = False) -> None:
    """Print a plan on stdout for people; with *diff*, also what the files become."""
    from generator.report.plan_lines import plan_lines

    echo.print_lines(plan_lines(plan, project.now(), diff=diff))


def print_json(
    data: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, indent: int | None = 2
) -> None:
    """Print what `--format json` asks for on stdout, in ASCII where that is not UTF-8.

    Without an *indent*, it is one line.
    """
    is_ascii = codecs.lookup(sys.stdout.encoding).name != "utf-8"
    click.echo(printable_json(json.dumps(data, indent=indent, ensure_ascii=is_ascii)))
