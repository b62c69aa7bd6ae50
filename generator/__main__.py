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
    import atexit  # noqa: PLC0415
    import gc  # noqa: PLC0415
    import signal  # noqa: PLC0415

    gc.disable()  # a run is short, and its values have no cycles; nor have modules any garbage
    codes: list[object] = []
    atexit.register(_leave, codes)  # what is registered first is called last
    from generator.cli import main as program  # noqa: PLC0415

    try:
        program()
    except SystemExit as end:
        codes.append(end.code)
        raise
    finally:
        # A second Ctrl-C ends what Python still waits for, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leave(codes: list[object]) -> None:
    """End the process where Python would begin to free, one by one, all that it has loaded.

    Threads have ended by then, and whoever wanted to know of the exit has been told. Without a
    plain exit code (a bug, an interruption), and where something cannot be written, Python ends
    as it does.
    """
    import os  # noqa: PLC0415

    for code in codes:
        if isinstance(code, int):
            try:
                sys.stdout.flush()
                sys.stderr.flush()
            except (AttributeError, OSError, ValueError):  # closed, or not there
                return
            os._exit(code)


if __name__ == "__main__":
    main()
