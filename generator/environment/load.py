"""Load an environment from its text: read, check, merge what it extends."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.warned import Warned
from generator.environment import checks, freeze, parse, schema, yaml_document
from generator.environment.chain import Chain
from generator.environment.environment import Environment
from generator.environment.freeze import Freeze
from generator.environment.serving import Json
from generator.environment.settings import BLOCKS
from generator.environment.texts import Texts, is_base
from generator.environment.yaml_document import Document, KeyPath
from generator.errors import InvalidInputError, Place, Problem
from generator.text.phrases import did_you_mean, reason

_HINT = "mend the file, then run `tfs-gitops check`; `check --schema` describes every key"


def load(texts: Texts, name: str) -> Environment:
    """Read, check and complete the environment *name*.

    Raises:
        InvalidInputError: With every problem of the file that has one.
    """
    return _Loading(texts).load(name)


def frozen(texts: Texts) -> tuple[Freeze, ...]:
    """Return the freezes of the project.

    Raises:
        InvalidInputError: Nobody can tell.
    """
    try:
        text = texts.freeze()
    except OSError as error:
        problem = Problem(f"cannot be read: {reason(error)}", Place(texts.freeze_file))
        raise InvalidInputError(problem, hint=freeze.HINT) from error
    return () if text is None else freeze.parse(text, texts.freeze_file)


def blocks(texts: Texts, name: str) -> Json:
    """Return `source`, `delivery` and `serving` of the document *name*, with what it extends.

    As they are written: a base need not be complete, and of an environment no more is checked.

    Raises:
        InvalidInputError: With every problem of the file that has one.
    """
    spec = _Loading(texts).chain(name).spec()
    return {block: spec[block] for block in BLOCKS}


def extended_by(texts: Texts, base: str) -> tuple[str, ...]:
    """Return the environments that extend *base*, at whatever remove, sorted.

    One whose documents cannot be read is among them: nobody knows that it does not.
    """
    return tuple(name for name in texts.names if _Loading(texts).may_extend(name, base))


class _Loading(Struct, frozen=True):
    """The environments of a project while one of them is loaded."""

    texts: Texts

    def load(self, name: str) -> Environment:
        if is_base(name):
            raise self._no_environment(name)
        chain = self.chain(name)
        own, spec = chain.own, chain.spec()
        lines = tuple(own.positions["spec", "policy", i][0] for i in range(len(spec["policy"])))
        loaded = parse.parse(own.data | {"spec": spec}, own.file, lines)
        policy, found = loaded.policy, [*checks.problems(loaded)]
        if loaded.probe_files:
            from generator.environment import probe_files  # noqa: PLC0415  few policies say one

            policy, unread = probe_files.read(policy, self.texts.probe)
            found += unread
        problems = [Problem(problem, chain.place(path)) for path, problem in found]
        problems += self._circles(own, [name])
        if problems:
            raise InvalidInputError(problems, hint=_HINT)
        loaded = replace(loaded, settings=replace(loaded.settings, places=chain.places()))
        warned = [
            Warned(doubt.code, Problem(doubt.text, chain.place(doubt.path)))
            for doubt in checks.doubts(loaded)
        ]
        bases = tuple(base.data["metadata"]["name"] for base in chain.documents[1:])
        freezes = tuple(it for it in frozen(self.texts) if it.is_of(name))
        return replace(loaded, policy=policy, bases=bases, warnings=tuple(warned), freezes=freezes)

    def _circles(self, parsed: Document, seen: list[str]) -> list[Problem]:
        """Return the problems of `from`: no such environment, or one that waits for itself."""
        problems: list[Problem] = []
        for number, rule in enumerate(parsed.data["spec"]["policy"]):
            name = rule.get("versions", {}).get("from")
            if name is None:
                continue
            place = parsed.place(("spec", "policy", number, "versions", "from"))
            if name in seen:
                circle = " -> ".join([*seen, name])
                problems.append(Problem(f"`from` runs in a circle: {circle}", place))
            elif name not in self.texts.names:
                known = ", ".join(self.texts.names)
                what = f"no environment {name!r}; environments here: {known}"
                problems.append(Problem(what, place))
            else:
                problems += self._circles(self._validated(name, []), [*seen, name])
        return problems

    def may_extend(self, name: str, base: str) -> bool:
        try:
            documents = self.chain(name).documents
        except InvalidInputError:
            return True
        return any(document.data["metadata"]["name"] == base for document in documents)

    def chain(self, name: str) -> Chain:
        """Return the document of *name* with those that it extends."""
        chain: list[Document] = []
        seen: list[str] = []
        while True:
            seen.append(name)
            document = self._validated(name, chain)
            chain.append(document)
            if (base := document.data["spec"].get("extends")) is None:
                return Chain(tuple(chain))
            if base in seen:
                circle = " -> ".join([*seen, base])
                what = f"`extends` runs in a circle: {circle}"
                place = document.place(("spec", "extends"))
                raise InvalidInputError(Problem(what, place), hint=_HINT)
            name = base

    def _validated(self, name: str, chain: list[Document]) -> Document:
        file = self.texts.file(name)
        try:
            text = self.texts.read(name)
        except OSError as error:
            problem = Problem(f"cannot be read: {reason(error)}", Place(file))
            raise InvalidInputError(problem, hint=_HINT) from error
        if text is None:
            raise self._unknown(name, chain)
        parsed = yaml_document.read(text, file)
        if problems := [*_misnamed(parsed, name), *self._refused(text, parsed)]:
            raise InvalidInputError(problems, hint=_HINT)
        return parsed

    def _refused(self, text: str, parsed: Document) -> list[Problem]:
        """Return what breaks the schema; nothing does in what an earlier run has accepted."""
        verdicts = self.texts.verdicts
        if verdicts is not None and verdicts.accepts(text):
            return []
        problems = schema.problems(parsed)
        if verdicts is not None and not problems:
            verdicts.keep(text)
        return problems

    def _unknown(self, name: str, chain: list[Document]) -> InvalidInputError:
        known = (*self.texts.names, *self.texts.bases) if chain else self.texts.names
        ask = did_you_mean(_bare(name), known)
        kind = "base" if is_base(name) else "environment"
        what = f"no {kind} {name!r}: {self.texts.file(name)} does not exist{ask}"
        place = chain[-1].place(("spec", "extends")) if chain else None
        if file := self.texts.misnamed.get(name):
            what = f"{self.texts.path(file)} is not read: rename it to {self.texts.file(name)}"
        return InvalidInputError(Problem(what, place), hint=self._listed())

    def _no_environment(self, name: str) -> InvalidInputError:
        what = f"{name!r} is a base, as its name begins with _: environments extend it"
        return InvalidInputError(what, hint=self._listed())

    def _listed(self) -> str:
        listed = ", ".join(self.texts.names) or f"none in {self.texts.folder}"
        bases = f"; bases: {', '.join(self.texts.bases)}" if self.texts.bases else ""
        return f"environments here: {listed}{bases}"


def _bare(name: str) -> str:
    """Return the name that a path such as `environments/prod.yaml` is meant as."""
    return name.rpartition("/")[2].partition(".")[0] or name


def _misnamed(document: Document, stem: str) -> Iterator[Problem]:
    """Yield the problem of a document that is not named as its file."""
    path: KeyPath = ("metadata", "name")
    metadata = document.data.get("metadata") if isinstance(document.data, Mapping) else None
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    if isinstance(name, str) and name != stem:
        expected = f"metadata.name: found {name!r}, expected the file's name, {stem!r}"
        yield Problem(expected, document.place(path))
