"""`python -m generator` is `tfs-gitops`.

Nothing is imported before an interruption can be told in one line.
"""

import sys


def main() -> None:
    """Run the program, and exit."""
    try:
        from generator.cli import main as program  # noqa: PLC0415

        program()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("interrupted: run it again\n")
        sys.exit(130)
    finally:
        _end_at_the_next_interrupt()


def _end_at_the_next_interrupt() -> None:
    """Let a second Ctrl-C end what Python still waits for, without a traceback."""
    import signal  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()
