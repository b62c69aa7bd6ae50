"""The probe of a version, as its files have it: its own, or its first warm-up record."""

from pathlib import Path

from msgspec import Struct

from generator.catalog.proof import PROBE, WARMUP
from generator.catalog.savedmodel import logged_request
from generator.catalog.savedmodel.reading import LITE, SAVED_MODEL, TEXT, UNKNOWN, Reading
from generator.catalog.savedmodel.version_files import FileUnreadableError, LocalFiles
from generator.catalog.savedmodel.version_reader import VersionReader
from generator.limits.probe import PROBE_FILE_BYTES
from generator.serving.probe import probe
from generator.serving.probe.policy_probe import PolicyProbe
from generator.serving.probe.probe import Probe
from generator.text import bounded_file


class Found(Struct, frozen=True):
    """A probe, and where it is from."""

    probe: Probe
    is_logged: bool = False
    """Whether it is a warm-up record: REST may still take it otherwise than gRPC does."""


def of_policy(named: PolicyProbe) -> Found | str:
    """Return the probe that a policy says, or why nobody is asked."""
    if named.is_off:
        return "its policy says `probe: off`"
    if named.is_lost:
        return f"the lock has lost the probe {named.short} of its policy; the next sync brings it"
    try:
        return Found(named.probe)
    except ValueError as error:  # or an older release is not as generous
        return f"the probe {named.short} of its policy: {error}"


def in_folder(folder: Path, reading: Reading = UNKNOWN) -> Found | str:
    """Return the probe of the version in *folder*, or why nobody can ask it.

    *reading* says which graph the servers load.

    Raises:
        OSError: A file cannot be read now.
    """
    own = folder / PROBE
    if own.is_file():
        if problem := PROBE_FILE_BYTES.exceeded(own.stat().st_size):
            return f"{PROBE}: {problem}"
        try:
            return Found(probe.parse(bounded_file.read_text(own, PROBE_FILE_BYTES)))
        except ValueError as error:  # also one that is no UTF-8
            return f"{PROBE}: {error}"
    if not (folder / WARMUP).is_file():
        return f"it has no {PROBE}, and no warm-up records"
    found = _logged(folder, reading)
    return found if isinstance(found, Found) else f"it has no {PROBE}; {WARMUP}: {found}"


def _logged(folder: Path, reading: Reading) -> Found | str:
    names = (SAVED_MODEL, TEXT, LITE, WARMUP)
    files = LocalFiles({name: folder / name for name in names if (folder / name).is_file()})
    try:
        signatures = VersionReader(files, reading).signatures()
        if isinstance(signatures, str):
            return signatures
        found = logged_request.first(files.chunks(WARMUP), signatures)
    except FileUnreadableError as error:
        raise OSError(str(error)) from error
    return Found(found, is_logged=True) if isinstance(found, Probe) else found
