"""`tfs-gitops explain`: the reasons for which each version is served, or is not."""

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from generator.cli import echo, environments, option_types
from generator.cli.boundary import worst
from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.pipeline.run import Run
    from generator.report.explain import Explanation


@click.command()
@environments.then_model(required=True)
@option_types.output_format()
@click.pass_obj
def explain(project: Project, words: tuple[str, ...], form: str) -> int:
    """Tell for each version of MODEL whether ENV serves it, and why.

    In each ENV; without ENV, in all of environments/. Names the rule that decided, and for a
    version that waits, what for and until when.

    \b
    Example:
      tfs-gitops explain prod resnet
      tfs-gitops explain resnet
      tfs-gitops explain prod resnet --format json
    """
    from generator.report.explain import refuse_unknown
    from generator.report.terminal import explanation_lines

    *env, model = words
    sections = environments.Sections()
    found: dict[str, Explanation | GeneratorError] = {}
    for name, run in project.runs(project.documents.names(env)):
        told = partial(_explained, run, model, is_named=bool(env))
        found[name] = one = environments.attempt(name, told)
        if not isinstance(one, GeneratorError) and one.is_known and form == "text":
            sections.begin()
            echo.print_lines(explanation_lines(one))
    told_of = [one for one in found.values() if not isinstance(one, GeneratorError)]
    codes = [*environments.exit_codes(found)]
    if not codes:
        refuse_unknown(told_of)
    for one in told_of:
        if not one.is_known and form == "text":
            sections.begin()
            echo.print_lines(explanation_lines(one))
    if form == "json":
        environments.print_json_of(env, {name: _json(one) for name, one in found.items()})
    return worst(codes)


def _json(one: "Explanation | GeneratorError") -> "dict[str, Any] | GeneratorError":
    from generator.report.as_json import explanation_json

    return one if isinstance(one, GeneratorError) else explanation_json(one)


def _explained(run: "Run | GeneratorError", model: str, *, is_named: bool) -> "Explanation":
    """Return what becomes of a model.

    Raises:
        InvalidInputError: The environment was named, and knows no such model.
    """
    from generator.pipeline import pipeline
    from generator.plan.deferral import deferred
    from generator.plan.next_step import next_step
    from generator.report.explain import explain as explained
    from generator.report.explain import refuse_unknown

    if isinstance(run, GeneratorError):
        raise run
    if run.unknown is not None:
        raise run.unknown
    inputs, plan = pipeline.decide(run.inputs, run.facts)
    plan = deferred(
        plan, next_step(plan, inputs, run.branch, ask_statuses=run.verified), inputs, run.branch
    )
    told = explained(run.environment, inputs.catalog, inputs.lock, plan, model)
    if is_named:
        refuse_unknown([told])
    return told
