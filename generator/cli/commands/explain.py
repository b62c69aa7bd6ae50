"""`tfs-gitops explain`: the reasons for which each version is served, or is not."""

import click

from generator.cli.project import Project


@click.command()
@click.argument("env")
@click.argument("model")
@click.pass_obj
def explain(project: Project, env: str, model: str) -> None:
    """Tell for each version of MODEL whether ENV serves it, and why.

    Names the rule that decided, and for a version that waits, what for and until when.

    \b
    Example:
      tfs-gitops explain prod resnet
    """
    from generator.pipeline import pipeline
    from generator.plan.next_step import next_step
    from generator.report import terminal
    from generator.report.explain import explain as explained

    run = project.run(env)
    if run.unknown is not None:
        raise run.unknown
    inputs, plan = pipeline.decide(run.inputs, run.facts)
    plan = next_step(plan, inputs, run.branch)
    told = explained(run.environment, inputs.catalog, inputs.lock, plan, model)
    click.echo(terminal.explanation_text(told))
