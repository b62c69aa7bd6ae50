"""Names that an entry of a Git tree must not have: they lead out of their folder, or into .git.

Git refuses them where it is asked to check (`transfer.fsckObjects`), which few servers are.
File systems fold names, so the rules are those of Git's own check for HFS+ and NTFS.
"""

import re

from generator.text.pattern import pattern

# What HFS+ leaves out of a name.
_IGNORED = pattern("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")

# NTFS drops dots and blanks at the end, has a short name for .git, and streams behind a colon.
_UNSAFE = pattern(r"[. ]*|(\.git|git~1)[. ]*(:.*)?|.*[/\\\0].*", re.IGNORECASE | re.DOTALL)


def is_unsafe(name: str) -> bool:
    """Whether an entry *name* of a tree could be another place than the one below its folder."""
    plain = name if name.isascii() else _IGNORED.sub("", name)
    return _UNSAFE.fullmatch(plain) is not None
