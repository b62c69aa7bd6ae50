"""`tfs-gitops index`: what an exporter runs last."""

from pathlib import Path

import click

from generator.cli.project import terminal_progress


@click.command()
@click.argument(
    "model_dir", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
)
@click.option("--store", "url", required=True, help="s3://BUCKET[/PREFIX], gs://… or file:///DIR.")
@click.option("--endpoint", help="The URL of an S3-compatible store.")
@click.option("--region", help="The region of the bucket.")
@click.option("--base-path", help="Where the model is in the store.  [default: MODEL_DIR's name]")
@click.option("--upload", is_flag=True, help="Copy the version directories to the store first.")
def index(
    model_dir: Path,
    *,
    url: str,
    endpoint: str | None,
    region: str | None,
    base_path: str | None,
    upload: bool,
) -> None:
    """Declare the versions in MODEL_DIR complete: write their index file to the store.

    MODEL_DIR holds version directories such as 1/ and 2/. Without --upload they must be in
    the store already. Prints the key of the index.

    \b
    Example:
      tfs-gitops index export/resnet --store s3://models --upload
    """
    import re

    from generator import exporter
    from generator.environment import Source
    from generator.store import open_store

    if not re.fullmatch(r"(s3|gs)://[^/]+(/.*)?|file:///.+", url):
        raise click.BadParameter(
            f"{url!r} is not s3://…, gs://… or file:///…", param_hint="--store"
        )
    store = open_store(Source(url=url, endpoint=endpoint, region=region))
    path = (base_path or model_dir.name).strip("/")
    with terminal_progress() as progress:
        click.echo(exporter.publish(model_dir, path, store, progress, upload=upload))
