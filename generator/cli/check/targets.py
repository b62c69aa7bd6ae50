"""The targets of `check`: environments by name, files and folders by path."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from generator.cli.check import environments, templates
from generator.cli.check.destination import Destinations
from generator.cli.check.diagnostic import Diagnostic, Level, errors
from generator.cli.check.found import Found, absolute
from generator.cli.check.kind_of import decoded, flag_of, is_schema, kind_of
from generator.cli.check.report import Checked, Kind, Report
from generator.cli.project import Project
from generator.environment import links, project_folder
from generator.environment.project_root import FOLDER, FREEZE
from generator.environment.texts import Texts
from generator.errors import InvalidInputError, Place, Problem
from generator.limits.file import CONFIG_BYTES
from generator.text.phrases import did_you_mean, reason

if TYPE_CHECKING:
    from generator.serving.config_reader import Config

_HINT = "name environments, such as `prod`, or files by their paths"


def check(
    project: Project, targets: Sequence[str], applied: "Config | None", environ: Mapping[str, str]
) -> Iterator[Found]:
    """Yield what is found in *targets*; without any, in all of the project.

    Live servers run *applied*, if it is given. A file is checked with all that extend it.
    """
    if not targets:
        yield Found(_whole(project, environ), project.folder)
        return
    texts = project.documents.texts()
    paths = [target for target in targets if _is_path(target, texts)]
    if names := [target for target in targets if target not in paths]:
        destinations = Destinations(environ, project.folder)
        yield Found(environments.check(texts, names, destinations), project.folder)
    files = _Files(project, applied, environ)
    yield from (Found(files.check(path), Path()) for path in dict.fromkeys(paths))


def _whole(project: Project, environ: Mapping[str, str]) -> Report:
    try:
        texts = project.documents.some_texts()
    except InvalidInputError as error:
        found = tuple(errors(error, "no-environments"))
        return Report((Checked(FOLDER, Kind.UNKNOWN, diagnostics=found),))
    report = environments.check_all(texts, Destinations(environ, project.folder))
    return Report.of((report, Report(templates.check_folder(project.folder))))


def _is_path(target: str, texts: Texts) -> bool:
    """Say whether *target* is a path: no name of an environment has a slash or a dot."""
    if not target or target in texts.names or target in texts.bases:
        return False
    return "/" in target or os.sep in target or "." in target or _exists(Path(target))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # its name is too long, or a folder on the way is closed
        return False


class _Files(Struct, frozen=True):
    """The files and folders of one check, by their paths."""

    project: Project
    applied: "Config | None"
    environ: Mapping[str, str]

    def check(self, target: str) -> Report:
        path = Path(target)
        if not _exists(path) and _exists(self.project.folder / path):
            path = self.project.folder / path
        if _exists(path) and path.is_dir():
            return self._folder(path)
        try:
            data = self._read(path)
            text = decoded(path.as_posix(), data)
            kind = kind_of(path.name, text)
        except InvalidInputError as error:
            found = tuple(errors(error, "unreadable-file"))
            return Report((Checked(path.as_posix(), Kind.UNKNOWN, diagnostics=found),))
        return self._of_kind(kind, path, data, text)

    def _of_kind(self, kind: Kind, path: Path, data: bytes, text: str) -> Report:
        """Return what is wrong in the file at *path*, which is of a *kind* by its *text*."""
        if kind is Kind.MODELS_CONFIG:
            from generator.cli.check import models_config

            return Report((models_config.check(path.as_posix(), data, self.applied),))
        if kind is Kind.ENVIRONMENT:
            return self._environment(path)
        if kind is Kind.FREEZE:
            return self._freezes(path, text)
        if is_schema(text):  # `environments/*` of a shell has it too
            return Report(())
        expected = "neither an environment (`apiVersion: tfs-gitops/v1`) nor a models.config"
        told = f"; servers read it by {flag}" if (flag := flag_of(text)) else ""
        return _unusable(path, f"{expected} (`model_config_list`){told}", "unknown-file")

    def _read(self, path: Path) -> bytes:
        try:
            return links.read(absolute(path.parent), path.name, CONFIG_BYTES)
        except FileNotFoundError:
            text = f"no such file{self._ask(path)}"
        except OSError as error:
            text = f"cannot be read: {reason(error)}"
        raise InvalidInputError(Problem(text, Place(path.as_posix())), hint=_HINT)

    def _folder(self, path: Path) -> Report:
        folder = path / FOLDER if (path / FOLDER).is_dir() else path
        texts = _documents(folder)
        if not texts.names:
            return _unusable(path, "a folder without environments", "unknown-file")
        return environments.check_all(texts, self._destinations(folder))

    def _environment(self, path: Path) -> Report:
        texts, name = _documents(path.parent), path.stem
        if path.suffix != ".yaml":
            renamed = path.with_name(f"{path.name.partition('.')[0]}.yaml")
            return _unusable(
                path, f"no command reads it: rename it to {renamed}", "misnamed-environment"
            )
        destinations = self._destinations(path.parent)
        return environments.check_with_extending(texts, name, destinations)

    def _freezes(self, path: Path, text: str) -> Report:
        if path.name != FREEZE:
            what = f"no command reads it: rename it to {FREEZE}"
            return _unusable(path, what, "misnamed-freeze")
        from generator.cli.check import freezes

        known = _documents(path.parent / FOLDER).names
        return Report((freezes.check_text(text, path.as_posix(), known),))

    def _destinations(self, folder: Path) -> Destinations:
        """Return where the documents of *folder* deliver to, if that is one of a project."""
        project = folder.absolute().parent if folder.absolute().name == FOLDER else None
        return Destinations(self.environ, project)

    def _ask(self, path: Path) -> str:
        texts = self.project.documents.texts()
        files = {texts.file(name): name for name in (*texts.names, *texts.bases)}
        for file, name in files.items():
            if name == path.name.partition(".")[0]:
                return f"; did you mean {file!r}?"
        return did_you_mean(path.as_posix(), files)


def _documents(folder: Path) -> Texts:
    shown = folder.as_posix()
    return project_folder.documents(absolute(folder), "" if shown == "." else shown)


def _unusable(path: Path, text: str, code: str) -> Report:
    file = path.as_posix()
    found = Diagnostic(Level.ERROR, code, Problem(text, Place(file)), _HINT)
    return Report((Checked(file, Kind.UNKNOWN, diagnostics=(found,)),))
