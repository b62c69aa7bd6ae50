"""What GitHub publishes of its API, as data for the tests; it is large, and never committed.

`python -m tests.servers.descriptions` fetches it with npm into `build/published`, once for each
version. Where that is not possible it says so, and the stand-in for GitHub runs unchecked.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parent.parent.parent / "build" / "published"
STAMP = FOLDER / "fetched"
"""Is newer than what Make looks at, once all of them are there."""

_SECONDS = 180
_LONGEST = 200
# Npm waits for a minute, before it says that there is no registry.
_RETRIES = {"npm_config_fetch_retry_mintimeout": "1000", "npm_config_fetch_retry_factor": "2"}


@dataclass(frozen=True, slots=True)
class Description:
    """One file of a package of npm."""

    package: str
    version: str
    member: str

    @property
    def path(self) -> Path:
        """Where the file is, once it is fetched."""
        folder = f"{self.package.strip('@').replace('/', '-')}-{self.version}"
        return FOLDER / folder / Path(self.member).name


REST = Description("@octokit/openapi", "23.0.2", "generated/api.github.com.json")
"""OpenAPI 3.0 of github.com's REST API; an Enterprise server has the same below /api/v3."""

QUERIES = Description("@octokit/graphql-schema", "15.26.1", "schema.graphql")
"""The schema of GitHub's GraphQL API."""


def fetch(description: Description) -> None:
    """Put the file where it belongs.

    Raises:
        OSError: There is no npm, it fails, or its package has no such file.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise OSError("there is no npm on PATH")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=FOLDER) as name:
        whole = f"{description.package}@{description.version}"
        run = subprocess.run(
            [npm, "pack", "--ignore-scripts", "--loglevel=error", whole],
            cwd=name,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env={**os.environ, **_RETRIES},
            check=False,
        )
        if run.returncode:
            raise OSError(f"npm pack {whole}: {' '.join(run.stderr.split())[:_LONGEST]}")
        (archive,) = Path(name).glob("*.tgz")
        unpacked = Path(name) / "unpacked"
        # Only up to the file: the package has half a gigabyte of others.
        with tarfile.open(archive, "r|gz") as members, unpacked.open("wb") as target:
            for member in members:
                if member.name == f"package/{description.member}":
                    shutil.copyfileobj(members.extractfile(member), target)
                    break
            else:
                raise OSError(f"{whole} has no {description.member}")
        description.path.parent.mkdir(exist_ok=True)
        unpacked.replace(description.path)


def main() -> None:
    """Fetch what is not there yet; say what cannot be fetched, and go on without it."""
    try:
        for description in (REST, QUERIES):
            if not description.path.exists():
                fetch(description)
        STAMP.touch()
    except (OSError, tarfile.TarError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"tests of forges will run without GitHub's descriptions: {error}\n")


if __name__ == "__main__":
    main()
