"""Load environments from a project folder: read, check, merge what they extend."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.environment import checks, inside, parse, schema, yaml_document
from generator.environment.environment import Environment
from generator.environment.yaml_document import Document, Place
from generator.errors import InvalidInputError
from generator.text.phrases import did_you_mean

FOLDER = "environments"

_MISNAMED = re.compile(r"([^.].*)\.(?!yaml$)(?i:yml|yaml|ya?ml\.txt)")
_SHARED = ("source", "delivery", "serving")
_HINT = "mend the file, then run `tfs-gitops check`; `check --schema` describes every key"


def names(project: Path) -> list[str]:
    """Return the names of the project's environments, sorted."""
    return sorted(path.stem for path in (project / FOLDER).glob("*.yaml"))


def misnamed(project: Path) -> dict[str, str]:
    """Return, by name, the files that no command reads: `prod.yml` in place of `prod.yaml`."""
    known = names(project)
    found = {}
    for path in sorted((project / FOLDER).glob("*")):
        if (match := _MISNAMED.fullmatch(path.name)) and match[1] not in known:
            found[match[1]] = f"{FOLDER}/{path.name}"
    return found


Texts = Mapping[str, str]
"""Environments by name, as they are to be read in place of their files."""


def load(project: Path, name: str, texts: Texts | None = None) -> Environment:
    """Read, check and complete the environment *name* of the folder *project*.

    Raises:
        InvalidInputError: With every problem of the file that has one.
    """
    return _Folder(project, texts or {}).load(name)


@dataclass(frozen=True, slots=True)
class _Folder:
    """The environments of a project."""

    project: Path
    texts: Texts

    def names(self) -> list[str]:
        return sorted({*names(self.project), *self.texts})

    def load(self, name: str) -> Environment:
        chain = self._chain(name)
        own = chain[0]
        spec = dict(own.data["spec"])
        for key in _SHARED:
            for base in chain[1:]:
                spec[key] = _merged(base.data["spec"].get(key, {}), spec.get(key, {}))
        chosen = own.data["spec"].get("source", {})
        if chosen.get("access", "mount") != "mount" and "mount" not in chosen:
            spec["source"].pop("mount", None)  # another access leaves an inherited mount behind
        lines = tuple(own.places["spec", "policy", i][0] for i in range(len(spec["policy"])))
        loaded = parse.parse(own.data | {"spec": spec}, own.file, lines)
        problems = [
            f"{_place(chain, path)}: {problem}" for path, problem in checks.problems(loaded, name)
        ]
        problems += self._circles(own, [name])
        if problems:
            raise InvalidInputError(problems, hint=_HINT)
        return loaded

    def _circles(self, parsed: Document, seen: list[str]) -> list[str]:
        """Return the problems of `from`: no such environment, or one that waits for itself."""
        problems: list[str] = []
        for number, rule in enumerate(parsed.data["spec"]["policy"]):
            name = rule.get("versions", {}).get("from")
            if name is None:
                continue
            place = parsed.place(("spec", "policy", number, "versions", "from"))
            if name in seen:
                circle = " -> ".join([*seen, name])
                problems.append(f"{place}: `from` runs in a circle: {circle}")
            elif name not in self.names():
                known = ", ".join(self.names())
                problems.append(f"{place}: no environment {name!r}; environments here: {known}")
            else:
                problems += self._circles(self._validated(name, []), [*seen, name])
        return problems

    def _chain(self, name: str) -> list[Document]:
        """Return the document of *name* and those that it extends, nearest first."""
        chain: list[Document] = []
        seen: list[str] = []
        while True:
            seen.append(name)
            document = self._validated(name, chain)
            chain.append(document)
            if (base := document.data["spec"].get("extends")) is None:
                return chain
            if base in seen:
                circle = " -> ".join([*seen, base])
                place = document.place(("spec", "extends"))
                raise InvalidInputError(
                    f"{place}: `extends` runs in a circle: {circle}", hint=_HINT
                )
            name = base

    def _validated(self, name: str, chain: list[Document]) -> Document:
        file = f"{FOLDER}/{name}.yaml"
        try:
            text = self.texts[name] if name in self.texts else _text(self.project, name)
        except FileNotFoundError:
            raise self._unknown(name, chain) from None
        except OSError as error:
            raise InvalidInputError(f"{file}: cannot be read: {error}", hint=_HINT) from error
        parsed = yaml_document.read(text, file)
        if problems := schema.problems(parsed):
            raise InvalidInputError(problems, hint=_HINT)
        return parsed

    def _unknown(self, name: str, chain: list[Document]) -> InvalidInputError:
        known = self.names()
        ask = did_you_mean(name, known)
        what = f"no environment {name!r}: {FOLDER}/{name}.yaml does not exist{ask}"
        place = f"{chain[-1].place(('spec', 'extends'))}: " if chain else ""
        if file := misnamed(self.project).get(name):
            what = f"{file} is not read: rename it to {FOLDER}/{name}.yaml"
        listed = ", ".join(known) or f"none in {self.project / FOLDER}"
        return InvalidInputError(f"{place}{what}", hint=f"environments here: {listed}")


def _text(project: Path, name: str) -> str:
    data = inside.read(project / FOLDER, f"{name}.yaml")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"{FOLDER}/{name}.yaml:{line}: not UTF-8 text: {error.reason}"
        raise InvalidInputError(problem, hint="save the file as UTF-8") from error


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged


def _place(chain: list[Document], path: Place) -> str:
    """Return the place of a value in the nearest document that sets it."""
    for link in chain:
        if path in link.places:
            return link.place(path)
    return chain[0].place(path)
