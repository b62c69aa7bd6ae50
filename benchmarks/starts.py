"""What commands cost before they do anything: CPU time, against `import click` in the same run.

    python -m benchmarks.starts [--times N]

Each command runs by turns with the import, and both are told as medians. The aims are CPU seconds
on the machine of `docs/benchmarks.md`; on another one, or a busy one, trust the ratio.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import Usage, alternate, program, run
from benchmarks.table import Row, markdown
from tests.kit.project import EXAMPLES, ProjectFolder
from tests.servers.origin import Origin

_IMPORT = "import click"
_CONFIG = (
    'model_config_list { config { name: "a" base_path: "/models/a" model_platform: "tensorflow" '
    "model_version_policy { specific { versions: 1 } } } }"
)


def commands(root: Path) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Yield what is measured: its name, its words, and the seconds of CPU that it may take."""
    project = ProjectFolder.create(root / "project", str(Origin.create(root / "origin.git").path))
    project.environment()
    files = (it for it in (EXAMPLES / "half-plus-two/1").rglob("*") if it.is_file())
    content = {it.relative_to(EXAMPLES / "half-plus-two/1").as_posix(): it for it in files}
    project.craft("a", 1, {name: file.read_bytes() for name, file in content.items()})
    (root / "models.config").write_text(_CONFIG)
    here = ("-C", str(project.root))
    yield "`--help`", ("--help",), 0.060
    yield "`check --config`", ("check", "--config", str(root / "models.config")), 0.080
    yield "`check`", (*here, "check"), 0.120
    yield "`plan` of one model to add", (*here, "plan"), 0.200
    yield "first `sync`", (*here, "sync", "--no-cache"), 1.0
    yield "`sync` with nothing to do, no cache", (*here, "sync", "--no-cache"), 1.0
    yield "`sync` with nothing to do", (*here, "sync"), 0.100
    yield "`plan` of one model that is served", (*here, "plan"), 0.200


def rows(times: int = 9) -> Iterator[Row]:
    """Yield what each command took."""
    # Compiled modules, as an installed program has them.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder:
        env |= {"XDG_CACHE_HOME": f"{folder}/cache", "HOME": folder}
        for it in commands(Path(folder)):
            yield _row(it, times, env)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=9)
    print(markdown(rows(parser.parse_args().times)))


def _row(it: tuple[str, tuple[str, ...], float], times: int, env: dict[str, str]) -> Row:
    name, words, aim = it
    ours = partial(program, *words, env=env)
    theirs = partial(run, sys.executable, "-c", _IMPORT, env=env)
    if "first" in name:
        times = 1
    else:
        ours()  # what is cached is what it costs the next time
    mine, other = alternate(times, ours, theirs)
    return Row(
        None,
        f"CPU, {name}",
        _cpu(mine),
        f'`python -c "{_IMPORT}"`',
        _cpu(other),
        aim,
        absolute=True,
    )


def _cpu(usage: Usage) -> float:
    return usage.cpu


if __name__ == "__main__":
    main()
