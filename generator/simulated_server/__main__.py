"""The command of the simulated server: `python -m generator.simulated_server --help`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from generator.simulated_server.flags import Flags
from generator.simulated_server.folder import BEHAVIOUR, LOADS
from generator.simulated_server.process import Place, run
from generator.simulated_server.server import Server
from generator.simulated_server.store import MANNERS

_ABOUT = """\
A stand-in for TensorFlow Serving, for demonstrations and tests. It loads nothing and computes \
nothing: it reads models.config and version directories as the real server does, tells states and \
labels by REST, and every model of it answers half-plus-two."""

_BEHAVIOUR = f"""\
A version may say how it behaves here, in {BEHAVIOUR}:
  {{"load": "{'" | "'.join(LOADS)}", "seconds": NUMBER, "answers": "{'" | "'.join(MANNERS)}"}}"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of its words."""
    parser = argparse.ArgumentParser(
        "python -m generator.simulated_server",
        description=_ABOUT,
        epilog=_BEHAVIOUR,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, required=True, help="models.config, read each poll")
    parser.add_argument("--models", type=Path, required=True, help="what it sees as /models")
    parser.add_argument("--port", type=int, required=True, help="of 127.0.0.1; 0 is a free one")
    parser.add_argument("--speed", type=float, default=1, help="how fast its time passes")
    known = ", ".join(Flags.__dataclass_fields__)
    parser.add_argument(
        "flags", nargs="*", metavar="NAME=NUMBER", help=f"flags of TensorFlow Serving: {known}"
    )
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run a server until it is told to end; return its exit code if it ends by itself."""
    given = parser().parse_args(words)
    try:
        flags = Flags.parse(given.flags)
    except (TypeError, ValueError):
        parser().error(f"flags: {' '.join(given.flags)}: expected NAME=NUMBER")
    place = Place(given.config, given.models, given.port, given.speed)
    try:
        return run(Server(flags), place, lambda url: print(url, flush=True))  # noqa: T201
    except OSError as error:
        print(f"error: port {place.port}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
