"""The memory that libgit2 may use for what it reads: a branch may have commits of years."""

import pygit2

from generator.limits.git import FETCHED_OBJECTS

_MEGABYTE = 1 << 20
_CACHE = _MEGABYTE
"""For objects; libgit2's own bound is 256 MiB."""

_MAPPED = 4 * _MEGABYTE
"""For the parts of packs that are mapped at a time; libgit2's own bound is 8 GiB."""


def limit(fetched_objects: int = FETCHED_OBJECTS) -> None:
    """Bound what libgit2 keeps in memory, in this process; what it reads again is in the system's.

    A walk reads most objects once, so a large cache holds what nobody asks for again.
    """
    pygit2.settings.cache_max_size(_CACHE)
    pygit2.settings.pack_max_objects = int(fetched_objects)
    pygit2.settings.mwindow_mapped_limit = _MAPPED
    pygit2.settings.mwindow_size = _MAPPED // 2
