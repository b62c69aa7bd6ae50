"""A reader of one version: its graphs, signatures and warm-up file, as servers load them."""

from collections.abc import Iterator
from contextlib import nullcontext
from functools import cached_property, partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from msgspec.structs import replace

from generator.catalog.proof import PROBE, WARMUP
from generator.catalog.savedmodel import bundle, graph_file, servable
from generator.catalog.savedmodel.bundle import Bundle
from generator.catalog.savedmodel.directory_facts import LITE_HEAD, DirectoryFacts
from generator.catalog.savedmodel.protobuf import UnsureError
from generator.catalog.savedmodel.reading import LITE, SAVED_MODEL, TEXT, VARIABLES, Reading
from generator.catalog.savedmodel.servable import POINTER, POINTER_BYTES
from generator.catalog.savedmodel.signatures import Graph, Signatures, tagged
from generator.catalog.savedmodel.version_files import VersionFiles
from generator.limits.probe import PROBE_FILE_BYTES
from generator.limits.savedmodel import BUNDLE_BYTES, TEXT_GRAPH_BYTES

if TYPE_CHECKING:
    from generator.catalog.savedmodel.warmup import Warmup
    from generator.serving.probe.probe import Probe

_LARGE_BYTES = 1024 * 1024
_LARGE = BoundedSemaphore(1)
"""The large warm-up files that are read at once: a record of theirs may fill sixteen times
`RECORD_BYTES`, of which no other thread could parse one meanwhile."""


class VersionReader:
    """A version as its servers read it; of its files, only what is asked for is read."""

    def __init__(self, files: VersionFiles, reading: Reading) -> None:
        self.reading = reading
        self._files = files

    @cached_property
    def facts(self) -> DirectoryFacts:
        """The facts that tell whether servers can load it.

        Raises:
            FileUnreadableError: A file is not handed out.
        """
        sizes = self._files.sizes
        facts = DirectoryFacts(sizes, where=self._files.where)
        facts = replace(facts, pointers=frozenset(self._pointers(facts)))
        models = set(self.reading.files(sizes)) - facts.pointers
        if LITE in models and sizes[LITE]:
            head = self._files.range(LITE, 0, min(LITE_HEAD, sizes[LITE]))
            facts = replace(facts, lite=head)
        if not models - {LITE}:
            return facts
        facts = replace(facts, graphs=self._readable_graphs())
        has_saver = isinstance(facts.graphs, tuple) and any(it.has_saver for it in facts.graphs)
        return replace(facts, bundle=self._bundle()) if has_saver else facts

    def problems(self) -> tuple[str, ...]:
        """Return, in words, why servers cannot load the version, or answer from it.

        Raises:
            FileUnreadableError: A file is not handed out.
        """
        if problems := servable.problems(self.reading, self.facts):
            return problems
        judged = self.warmup if self.reading.warmup else None
        if judged and judged.problem:
            return (f"warmup: {WARMUP}: {judged.problem}",)
        unfit = self.probe_problems() if self.reading.probes else ()
        return tuple(f"probe: {PROBE}: {problem}" for problem in unfit)

    @property
    def has_probe(self) -> bool:
        """Whether it brings a probe."""
        return PROBE in self._files.sizes

    def probe_problems(self) -> tuple[str, ...]:
        """Return, in words, why the version cannot answer the probe that it brings.

        Raises:
            FileUnreadableError: A file is not handed out.
        """
        if not self.has_probe:
            return ()
        from generator.serving.probe import probe  # noqa: PLC0415  few versions have one

        if problem := PROBE_FILE_BYTES.exceeded(self._files.sizes[PROBE]):
            return (problem,)
        try:
            found = probe.parse(b"".join(self._files.chunks(PROBE)))
        except ValueError as error:
            return (str(error),)
        return self.unanswerable(found)

    def unanswerable(self, probe: "Probe") -> tuple[str, ...]:
        """Return, in words, why the version cannot answer *probe*, by its signatures.

        Raises:
            FileUnreadableError: A file is not handed out.
        """
        from generator.catalog.savedmodel import probe_fit  # noqa: PLC0415  likewise

        signatures = self.signatures()
        return () if isinstance(signatures, str) else tuple(probe_fit.problems(probe, signatures))

    def _pointers(self, facts: DirectoryFacts) -> Iterator[str]:
        """Yield the files that are pointers of Git LFS, of those that servers read."""
        for name in sorted(servable.reads(self.reading, facts.sizes)):
            is_small = facts.sizes[name] in POINTER_BYTES
            if is_small and self._files.range(name, 0, len(POINTER)) == POINTER:
                yield name

    def _bundle(self) -> Bundle | str | None:
        """Return where the variables are, why a server cannot tell, or None if nobody can."""
        size = self._files.sizes.get(VARIABLES, 0)
        if not 0 < size <= BUNDLE_BYTES:
            return None
        try:
            return bundle.read(self._files.range(VARIABLES, 0, size))
        except UnsureError:
            return None
        except ValueError as error:
            return str(error)

    def signatures(self) -> Signatures | str:
        """Return the signatures that servers take, or why nobody can read them.

        Raises:
            FileUnreadableError: The file is not handed out.
        """
        models = self.reading.files(self._files.sizes)
        if LITE in models:
            return f"they are those of {LITE}, which is not read"
        if not models:
            return f"it has no {SAVED_MODEL} to read them from"
        try:
            found = self._loaded(self._graphs).signatures
        except ValueError as error:
            return str(error)
        if self.reading.fills_in:
            return found
        return {name: replace(it, defaults=frozenset()) for name, it in found.items()}

    def _loaded(self, graphs: tuple[Graph, ...]) -> Graph:
        """Return the graph that servers load; raises ValueError where it is not known."""
        if self.reading.tags is not None:
            return tagged(graphs, self.reading.tags)
        if len(graphs) != 1:
            raise ValueError("it is not known which graph is loaded")
        return graphs[0]

    def _readable_graphs(self) -> tuple[Graph, ...] | str | None:
        """Return the graphs, why a server cannot read them, or None if nobody can tell."""
        try:
            return self._graphs
        except UnsureError:
            return None
        except ValueError as error:
            return str(error)

    @cached_property
    def _graphs(self) -> tuple[Graph, ...]:
        sizes = self._files.sizes
        if SAVED_MODEL in sizes:
            return graph_file.graphs(partial(self._files.range, SAVED_MODEL), sizes[SAVED_MODEL])
        from generator.catalog.savedmodel import text_format  # noqa: PLC0415  40 ms, and rare

        if sizes[TEXT] > TEXT_GRAPH_BYTES:
            raise UnsureError(f"{TEXT} is too large to be read")
        return text_format.graphs(b"".join(self._files.chunks(TEXT)))

    @cached_property
    def warmup(self) -> "Warmup | None":
        """Its warm-up file as a server judges it; None without such a file.

        Raises:
            FileUnreadableError: The file is not handed out.
        """
        if WARMUP not in self._files.sizes:
            return None
        from generator.catalog.savedmodel import prediction_log, warmup  # noqa: PLC0415  likewise

        found = self.signatures()
        model = prediction_log.Model(
            None if isinstance(found, str) else found, self.reading.checks_method
        )
        with _LARGE if self._files.sizes[WARMUP] > _LARGE_BYTES else nullcontext():
            return warmup.judge(self._files.chunks(WARMUP), model)
