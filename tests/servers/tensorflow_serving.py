"""TensorFlow Serving over HTTP: the simulated server of the program, as tests want it.

In a test its time passes by `tick`. As a process of its own it runs in real time, on the
models in a folder, and reads its config file again and again:
`python -m tests.servers.tensorflow_serving --config FILE --port N --models DIR`
With `--speed N` its time passes N times as fast; `--journal FILE` gets what it answers for.
"""

import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from generator.simulated_server.__main__ import parser
from generator.simulated_server.flags import Flags
from generator.simulated_server.listener import listening
from generator.simulated_server.process import Place, run
from generator.simulated_server.rest import ModelServer
from generator.simulated_server.server import Server
from generator.simulated_server.store import Store
from tests.servers.journal import Journaled

FLAGS = Flags(
    allow_version_labels_for_unavailable_models=True,
    model_config_file_poll_wait_seconds=1,
    num_load_threads=2,
    max_num_load_retries=0,
)


@contextmanager
def model_server(
    config: str | None = None,
    store: Store | None = None,
    *,
    flags: Flags = FLAGS,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[ModelServer]:
    """Run a server that started from *config*; its time passes only by `tick`."""
    simulated = Server(flags)
    simulated.start(config or "model_config_list {}\n", store or Store())
    with listening(ModelServer(simulated), port, tls) as running:
        yield running


def main(words: Sequence[str] | None = None) -> int:
    """Run a server in real time until it is killed; return its exit code if it ends itself."""
    journaled = parser()
    journaled.add_argument("--journal", type=Path)
    given = journaled.parse_args(words)
    flags = Flags.parse([*_words(FLAGS), *given.flags])
    journal: Path | None = given.journal
    simulated = Journaled(flags, journal, given.speed) if journal else Server(flags)
    place = Place(given.config, given.models, given.port, given.speed)
    return run(simulated, place, lambda url: print(url, flush=True))  # noqa: T201


def _words(flags: Flags) -> list[str]:
    return [f"{name}={int(getattr(flags, name))}" for name in flags.__dataclass_fields__]


if __name__ == "__main__":
    sys.exit(main())
