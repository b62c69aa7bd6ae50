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
    codes: list[object] = []
    if _is_whole_process():
        import atexit  # noqa: PLC0415

        atexit.register(_leave, codes)  # what is registered first is called last
    from generator.cli import main as program  # noqa: PLC0415

    try:
        try:
            program()
        finally:
            # A second Ctrl-C ends what Python still waits for, without a traceback.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except SystemExit as end:
        codes.append(end.code)  # now that no Ctrl-C can put another in its place
        raise


def _is_whole_process() -> bool:
    """Whether the process is the command, and nobody before it wants to know of the exit.

    A program that calls `main` may go on, and end with a code of its own. Nobody has an exit
    handler who has not imported their module: coverage and tracers do, before a command begins.
    """
    import os  # noqa: PLC0415

    script = getattr(sys.modules["__main__"], "__file__", None) or ""
    is_command = __name__ == "__main__" or os.path.basename(script) == "tfs-gitops"  # noqa: PTH119
    return is_command and "atexit" not in sys.modules


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
