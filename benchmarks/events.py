"""What a run with nothing to do costs where a queue tells of the bucket: the same for any fleet.

    python -m benchmarks.events [--sizes 100,10000,100000]

Fleets are in a real S3 server, of one version of one object each, and their queue is moto's. The
run makes one request to the queue and none to the store; CPU time counts, for it waits a second
for messages. It takes turns with `s5cmd ls` of the indexes, which is what it spares.
"""

import argparse
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.delivered import make_origin
from benchmarks.fleet import Tool
from benchmarks.measure import alternate, program
from benchmarks.published import Fleet, publish, server_env, write_environments
from benchmarks.table import Row, markdown
from tests.servers import aws
from tests.servers.seaweed import S3Server, seaweed

SIZES = (100, 10_000, 100_000)
TIMES = 7
AIM = 0.150
"""Seconds of CPU."""
_ATTEMPTS = 3
"""A receipt ends with the hour, also while it is measured."""
_UNTIL_QUIET = 3
"""Syncs: the commits, what they leave to compare, and the receipt."""


def rows(sizes: Iterable[int] = SIZES) -> Iterator[Row]:
    """Yield what runs with nothing to do took, on fleets of these *sizes*."""
    with (
        TemporaryDirectory() as folder,
        seaweed(Path(folder, "seaweed")) as server,
        aws.served(Path(folder)) as cloud,
    ):
        for size in sorted(sizes):
            fleet = Fleet(size, versions=(1,), objects=("saved_model.pb",))
            yield from _measured(fleet, server, cloud, Path(folder, str(size)))


def _measured(fleet: Fleet, server: S3Server, cloud: aws.Aws, folder: Path) -> Iterator[Row]:
    bucket, origin, project = f"events-{fleet.models}", folder / "origin.git", folder / "project"
    publish(fleet, server, bucket)
    queue = cloud.client("sqs", endpoint_url=cloud.url).create_queue(QueueName=bucket)["QueueUrl"]
    source = {"url": f"s3://{bucket}", "endpoint": server.endpoint, "events": {"queue": queue}}
    write_environments(fleet, project, source, origin)
    make_origin(origin)
    env = {**server_env(server), "XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)}
    sync = partial(program, "-C", str(project), "sync", env=env)
    for _ in range(_ATTEMPTS):
        for _ in range(_UNTIL_QUIET):
            sync()
        before = len(cloud.requests())
        ours, theirs = alternate(TIMES, sync, Tool(server, bucket).list_indexes)
        asked = cloud.requests()[before:]
        if asked == ["POST /"] * TIMES:
            break
    else:
        raise SystemExit(f"events: not one request to the queue in each run: {asked}")
    against = "`s5cmd ls` of indexes"
    what = "CPU, nothing changed, by events"
    yield Row(fleet.models, what, ours.cpu, against, theirs.cpu, AIM, absolute=True)
    peaks = ours.peak / 1e6, theirs.peak / 1e6
    yield Row(fleet.models, "peak memory, by events", peaks[0], against, peaks[1], unit="MB")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="models, by comma")
    sizes = parser.parse_args().sizes.split(",")
    print(markdown(rows(map(int, sizes))))


if __name__ == "__main__":
    main()
