"""`tfs-gitops render`: into a folder, no Git."""

from pathlib import Path

import click

from generator.cli.plan import show
from generator.cli.project import Project
from generator.errors import GeneratorError


@click.command()
@click.argument("env")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The delivery root: base/, components/ and overlays/ are written below it.",
)
@click.pass_obj
def render(project: Project, env: str, output: Path) -> None:
    """Render ENV into a folder, as a sync would into the repository.

    What is there already counts as applied: base/ is not overwritten, and the lock in the
    folder is what is served now.

    \b
    Example:
      tfs-gitops render dev --output build
      kubectl kustomize build/overlays/dev
    """
    from dataclasses import replace

    from generator import pipeline
    from generator.repository.folder import FolderBranch

    [(_, surveyed)] = project.survey([env], lambda _: FolderBranch(output))
    if isinstance(surveyed, GeneratorError):
        raise surveyed
    environment = surveyed.environment
    at_root = replace(environment.delivery, path="", mode="commit")
    rooted = replace(surveyed, environment=replace(environment, delivery=at_root))
    outcome = pipeline.sync(rooted, project.templates, pipeline.Options())
    show(project, outcome.plan, "text")
