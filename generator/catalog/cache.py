"""The cache of proofs: earlier runs on this machine spare a later one to read indexes again.

A cache and no more: without it a sync reads every index that no lock knows, with the
same result. What is remembered is never published: a version is proven anew before it
is served for the first time (see `plan.shared_store`).
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from generator.catalog import cache_file, held_indexes, rules
from generator.catalog.catalog import ProvenByIndex, Version, proven_by_index
from generator.catalog.findings import Findings, Refusals
from generator.catalog.hold import HeldByIndex
from generator.catalog.location import StoreAddress
from generator.catalog.version_json import VersionLine, to_json
from generator.catalog.warned import Warned
from generator.limits.json import CACHE_BYTES
from generator.limits.limit import Limit
from generator.text.typed_json import Form

_FORMAT = 1
_VERSIONS = Form(list[tuple[str, VersionLine]])
_ANSWERS = Form(tuple[str, dict[str, tuple[str, Refusals, list[tuple[str, str]]]]])


class ProofCache:
    """The proofs of one store, in a file of the user's cache folder."""

    def __init__(self, address: StoreAddress, limit: Limit = CACHE_BYTES) -> None:
        store = json.dumps([_FORMAT, address.url, address.endpoint])
        name = hashlib.sha256(store.encode()).hexdigest()[:32]
        self._limit = limit
        self._path = cache_file.path(f"{name}.json")
        self._inspected = cache_file.path(f"{name}-inspected.json")
        self._rejected = cache_file.path(f"{name}-held.json")
        self._held: HeldByIndex | None = None
        self._remembered: set[tuple[object, ...]] = set()
        self._digests: frozenset[str] = frozenset()
        self._answers: dict[str, tuple[str, Findings]] | None = None

    def versions(self, known: Collection[tuple[str, str]] = ()) -> ProvenByIndex:
        """Return the versions by index, but for the indexes (key, ETag) that are *known* already.

        Empty where nothing is remembered, or nothing usable.
        """
        try:
            entries = _VERSIONS.decode(self._read(self._path))
            self._remembered = {
                (path, it.version, it.digest, it.index.etag, it.seen) for path, it in entries
            }
            return proven_by_index(
                line.of(path)
                for path, line in entries
                if (line.index.key, line.index.etag) not in known
            )
        except ValueError:
            return {}

    def keep_versions(self, versions: Iterable[Version]) -> None:
        """Keep *versions* for the next run, and nothing else. A cache that fails is no error."""
        versions = tuple(versions)
        self._digests = frozenset(version.digest for version in versions)
        if len(self._remembered) == len(versions) and self._remembered == {
            (item.base_path, item.version, item.digest, item.index.etag, item.seen)
            for item in versions
        }:
            return
        # Line by line: the values of all versions take more memory than anything else of a run.
        lines = (json.dumps([version.base_path, to_json(version)]) for version in versions)
        text = "[" + ",\n".join(lines) + "]"
        cache_file.write(self._path, text.encode(), self._limit)

    def held_indexes(self) -> HeldByIndex:
        """Return the indexes that an earlier run has held for their bytes alone."""
        if self._held is None:
            try:
                self._held = held_indexes.from_json(self._read(self._rejected))
            except ValueError:
                self._held = {}
        return self._held

    def keep_held_indexes(self, held: HeldByIndex) -> None:
        """Keep *held* for the next run, and nothing else."""
        if self.held_indexes() != held:
            self._held = held
            cache_file.write(self._rejected, held_indexes.to_json(held), self._limit)

    def refused(self) -> frozenset[str]:
        """Return the digests of the versions that an answer is against."""
        return frozenset(digest for digest, it in self._recalled().values() if it.refusals)

    def findings(self, question: str) -> Findings | None:
        """Return what an earlier run found in a version; None if none asked."""
        found = self._recalled().get(question)
        return found and found[1]

    def keep_findings(self, answers: Mapping[str, tuple[str, Findings]]) -> None:
        """Keep *answers* by question, each with the digest of the version that it is about.

        Those about versions that are not remembered any more are forgotten.
        """
        if not answers:
            return
        found = self._recalled()
        found |= {key: answer for key, answer in answers.items() if answer[0] in self._digests}
        for key in [key for key, (digest, _) in found.items() if digest not in self._digests]:
            del found[key]
        lines = {
            key: (digest, it.refusals, [(warned.code, warned.message) for warned in it.warnings])
            for key, (digest, it) in found.items()
        }
        told = json.dumps([rules.digest(rules.ADMISSION), lines])
        cache_file.write(self._inspected, told.encode(), self._limit)

    def _read(self, file: Path | None) -> bytes:
        return cache_file.read(file, self._limit) or b""

    def _recalled(self) -> dict[str, tuple[str, Findings]]:
        if self._answers is None:
            try:
                judge, answers = _ANSWERS.decode(self._read(self._inspected))
                is_ours = judge == rules.digest(rules.ADMISSION)
                self._answers = {
                    question: (digest, Findings(refusals, tuple(Warned(*it) for it in warnings)))
                    for question, (digest, refusals, warnings) in answers.items()
                    if is_ours
                }
            except ValueError:
                self._answers = {}
        return self._answers
