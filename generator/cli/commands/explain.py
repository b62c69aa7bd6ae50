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
    from generator import pipeline
    from generator.lock import branch
    from generator.report import terminal
    from generator.report.explain import explain as explained

    surveyed = project.survey_one(env)
    lock = branch.applied(surveyed.environment, surveyed.branch)
    plan = pipeline.staged(surveyed, lock, pipeline.decide(surveyed, lock))
    explanation = explained(surveyed.environment, surveyed.catalog, lock, plan, model)
    click.echo(terminal.explanation_text(explanation))
