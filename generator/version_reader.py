"""Read what servers go by when they load a version: its graphs, signatures and warm-up file."""

from dataclasses import replace
from functools import cached_property

from generator import savedmodel, servable, warmup
from generator.proof import WARMUP
from generator.savedmodel import SERVE, Graph, Signatures
from generator.servable import LITE, POINTER, POINTER_BYTES, SAVED_MODEL, Reading
from generator.version_files import VersionFiles, WithheldError
from generator.warmup import Warmup
from generator.wire import TooLargeError

_FINGERPRINT = "fingerprint.pb"


class VersionReader:
    """A version as its servers read it; of its files, only what is asked for is read."""

    def __init__(self, files: VersionFiles, reading: Reading) -> None:
        self.reading = reading
        self._files = files

    def facts(self) -> servable.Facts:
        """Return what tells whether servers can load it.

        Raises:
            WithheldError: A file is not handed out.
        """
        files = self._files
        facts = servable.Facts(files.sizes, where=files.where)
        small = [
            name
            for name in servable.reads(self.reading, facts)
            if files.sizes[name] in POINTER_BYTES and name != _FINGERPRINT
        ]
        pointers = {name for name in small if files.range(name, 0, len(POINTER)) == POINTER}
        facts = replace(facts, pointers=frozenset(pointers))
        models = self.reading.files(files.sizes)
        if LITE in models:
            head = files.range(LITE, 0, min(servable.LITE_HEAD, files.sizes[LITE]))
            facts = replace(facts, lite=head)
        return replace(facts, graphs=self._graphs) if set(models) - {LITE, *pointers} else facts

    @cached_property
    def _graphs(self) -> tuple[Graph, ...] | str | None:
        """The graphs of its SavedModel, why they cannot be read, or None if nobody can tell."""
        size = self._files.sizes.get(SAVED_MODEL)
        if size is None:
            return None
        try:
            return savedmodel.graphs(
                lambda start, end: self._files.range(SAVED_MODEL, start, end), size
            )
        except TooLargeError:
            return None
        except ValueError as error:
            return str(error)

    def signatures(self) -> Signatures | str:
        """Return the signatures that servers take, or why they cannot be read."""
        models = self.reading.files(self._files.sizes)
        if LITE in models:
            return f"they are those of {LITE}, which is not read"
        try:
            found = self._graphs
        except WithheldError as error:
            return str(error)
        if found is None:
            return f"it has no {SAVED_MODEL} to read them from"
        if isinstance(found, str):
            return found
        try:
            return savedmodel.tagged(found, self.reading.tags or SERVE).signatures
        except ValueError as error:
            return str(error)

    @cached_property
    def warmup(self) -> Warmup | None:
        """What a server makes of its warm-up file; None without such a file.

        Raises:
            WithheldError: The file is not handed out.
        """
        if WARMUP not in self._files.sizes:
            return None
        found = self.signatures()
        model = warmup.Model(None if isinstance(found, str) else found, self.reading.checks_method)
        return warmup.judge(self._files.chunks(WARMUP), model)
