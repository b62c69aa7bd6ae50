"""A Ctrl-C at a moment that a test names: when the program first needs a module."""

import subprocess
import sys

_CODE = """\
import signal, sys
class Interrupted:
    def find_spec(self, name, *rest):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupted())
sys.argv = ["tfs-gitops", *{words!r}]
from generator.__main__ import main
main()
"""


def interrupted(module: str, *words: object) -> "subprocess.CompletedProcess[str]":
    """Run `tfs-gitops` with *words* in a process that is interrupted when it imports *module*."""
    code = _CODE.format(module=module, words=[*map(str, words)])
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
