"""`python -m generator` is `tfs-gitops`.

Nothing is imported before an interruption can be told in one line.
"""

import sys


def main() -> None:
    """Run the program, and exit."""
    try:
        _run()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("interrupted: run it again\n")
        sys.exit(130)


def _run() -> None:
    import gc  # noqa: PLC0415
    import signal  # noqa: PLC0415

    gc.disable()  # a run is short, and its values have no cycles; nor have modules any garbage
    from generator.cli import main as program  # noqa: PLC0415

    try:
        program()
    finally:
        gc.freeze()  # an exit looks through all that there is, for cycles that end with it anyway
        # A second Ctrl-C ends what Python still waits for, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()
