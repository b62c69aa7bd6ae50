"""Verdicts on texts that the schema has accepted: the next run need not load what judges them."""

import hashlib
from functools import cached_property
from pathlib import Path

from generator.catalog import cache_file, rules
from generator.environment import package_data
from generator.limits.json import VERDICTS_BYTES

_NAME = "accepted"
_LINE = 65
_JUDGES = tuple(
    f"environment/{name}.py" for name in ("schema", "notation", "schema_keys", "yaml_document")
)


class Verdicts:
    """The texts that were accepted, in a file of the user's cache folder: a digest a line."""

    def accepts(self, text: str) -> bool:
        """Whether an earlier run has accepted *text*; it is never known of one that was refused."""
        return self._line(text) in self._known

    def keep(self, text: str) -> None:
        """Keep in mind that *text* was accepted. A cache that fails is no error."""
        if self._file is None or self.accepts(text):
            return
        self._known.add(line := self._line(text))
        if len(self._known) * _LINE > VERDICTS_BYTES:
            cache_file.write(self._file, line)
        else:
            cache_file.append(self._file, line)

    @cached_property
    def _file(self) -> Path | None:
        return cache_file.path(_NAME)

    @cached_property
    def _known(self) -> set[bytes]:
        data = cache_file.read(self._file, VERDICTS_BYTES) if self._file else None
        return set((data or b"").splitlines(keepends=True))

    @cached_property
    def _judge(self) -> bytes:
        """The judge: another program, or another schema, may judge otherwise."""
        schema = package_data.folder("schemas") / "environment.schema.json"
        return rules.digest(_JUDGES).encode() + schema.read_bytes()

    def _line(self, text: str) -> bytes:
        whole = hashlib.sha256(self._judge)
        whole.update(text.encode(errors="surrogatepass"))
        return f"{whole.hexdigest()}\n".encode()
