"""The report of a run of `init`: each file, what was left alone, and what is next."""

import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from generator.cli import echo
from generator.cli.init.added import Added
from generator.cli.init.fleet_folder import Written
from generator.cli.output import print_json
from generator.limits.file import POLICY_FILE_BYTES
from generator.text import bounded_file, bounded_json
from generator.text.phrases import all_of

if TYPE_CHECKING:
    from generator.environment.environment import Environment
    from generator.render.fleet.choices import Choices, Surroundings
    from generator.render.fleet.drafts import Draft
    from generator.render.fleet.files import Wanted

_SOMEBODY = "@your-org/your-team"
_LISTS = {"README.md": "`{}`", "CODEOWNERS": "environments/{}.yaml"}
"""The files that list environments, and how."""
_OBJECTS = {"flux": "clusters/", "argocd": "argocd/"}
"""The place of the objects for each of them."""


class Report(Struct, frozen=False):
    """Prints files to stdout, and the rest to stderr; or JSON of all to stdout."""

    root: Path
    choices: "Choices"
    found: "Surroundings"
    drafts: "Sequence[Draft]"
    environments: "Sequence[Environment]"
    """All of the fleet, first to last, as they are now."""
    form: str = "text"
    """`text`, or `json`: then all is told at the end."""
    _files: list[Written] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _steps: list[str] = field(default_factory=list)
    _unlisted: dict[str, list[str]] = field(default_factory=dict)
    """The new environments that a file which was there does not list."""

    @property
    def _new(self) -> "list[Draft]":
        """The new environments, without a base."""
        return [draft for draft in self.drafts if draft.extends]

    def tell(self, files: Iterable[Written]) -> None:
        """Tell what became of each of *files*."""
        for file in files:
            note = "" if file.created else self._note(file.path)
            self._files.append(file)
            if self.form == "text":
                echo.say(f"{'created' if file.created else 'kept   '} {file.path}{note}")
            elif note:
                self._notes.append(f"{file.path}{note}")

    def _tell_left_alone(self) -> None:
        """Tell what new environments took over from the fleet, and what they did not."""
        if self.found.is_fleet and self._new:
            added = Added(self.choices, self.found, self._new, self.environments)
            for note in added.notes():
                self._notes.append(note)
                if self.form == "text":
                    echo.talk("note", note)

    def _tell_next(self, wanted: "Wanted", *, is_clone: bool) -> None:
        """Tell what a person does next, in the folder of a clone or elsewhere."""
        run = "tfs-gitops"
        if self.root != Path():
            run = f"{run} -C {shlex.quote(str(self.root))}"
        first = self._new[0].name if self._new else self.environments[0].name
        is_new = any(file.created for file in self._files)
        steps = ["commit and push what was created, before the first sync"]
        if not (is_clone and is_new):
            steps = []
        steps.append(f"`{run} check`, then `{run} plan {first}`")
        for step in (
            *steps,
            *self._workflows(wanted),
            *self._top(),
            *self._cluster(wanted),
            *self._review(wanted),
        ):
            self._steps.append(step)
            if self.form == "text":
                echo.talk("next", step)

    def end(self, wanted: "Wanted", *, is_clone: bool) -> None:
        """Tell what was left alone, and what comes next; print the JSON, if that was asked for."""
        self._tell_left_alone()
        self._tell_next(wanted, is_clone=is_clone)
        if self.form == "json":
            print_json(
                {
                    "folder": str(self.root),
                    "created": [file.path for file in self._files if file.created],
                    "kept": [file.path for file in self._files if not file.created],
                    "notes": self._notes,
                    "next": self._steps,
                }
            )

    def _note(self, path: str) -> str:
        """Return what a person should know of a file that is kept."""
        from generator.render.fleet.files import SCHEMA, schema

        if names := self._not_listed(path):
            self._unlisted[path] = names
            return f" (does not list {all_of(names)})"
        if path == SCHEMA and _json(self.root / path) != json.loads(schema()):
            return f" (of another release: `tfs-gitops check --schema >{SCHEMA}` renews it)"
        return ""

    def _not_listed(self, path: str) -> list[str]:
        form = _LISTS.get(path)
        file = self.root / path
        if form is None or not file.is_file():
            return []
        text = _text(file)
        return [draft.name for draft in self._new if form.format(draft.name) not in text]

    def _workflows(self, wanted: "Wanted") -> Iterator[str]:
        from generator.cli.init import requirement
        from generator.render.fleet.workflows import FOLDER

        return requirement.advice(
            wanted.requirement,
            is_asked=self.choices.requirement is not None,
            is_written=any(file.created and file.path.startswith(FOLDER) for file in self._files),
        )

    def _top(self) -> Iterator[str]:
        from generator.delivery.git.checkout import below_top
        from generator.render.fleet.workflows import FOLDER

        read_there = [
            path
            for path in (FOLDER, "CODEOWNERS")
            if any(file.created and file.path.startswith(path) for file in self._files)
        ]
        if read_there and (below := below_top(self.root)):
            yield (
                f"a forge reads {all_of(read_there)} at the top of a repository alone, and this is "
                f"{below}/ of one: move them there, as docs/fleet.md of tfs-gitops says"
            )

    def _cluster(self, wanted: "Wanted") -> Iterator[str]:
        from generator.render.fleet.targets import PLACEHOLDER, cluster_url

        for environment in self.environments:
            repository = environment.delivery.repository
            if wanted.gitops and cluster_url(repository) == PLACEHOLDER:
                folders = all_of([_OBJECTS[kind] for kind in _OBJECTS if kind in wanted.gitops])
                url = f"put a URL in place of {PLACEHOLDER} in {folders}"
                yield f"clusters cannot read {repository!r}: {url}"
                return

    def _review(self, wanted: "Wanted") -> Iterator[str]:
        from generator.render.fleet.targets import PLACEHOLDER, cluster_url

        modes = {one.name: one.delivery for one in self.environments}
        for draft in self._new:
            delivery = modes[draft.name]
            if delivery.mode == "pull-request":
                yield (
                    f"{draft.name} is delivered by pull requests: a sync needs TFS_GITOPS_TOKEN, "
                    "or in GitHub Actions the right to open them"
                )
                if draft.name not in wanted.owners and "CODEOWNERS" not in self._unlisted:
                    yield f"say in CODEOWNERS who approves {draft.name}"
            elif (
                draft.is_last
                and draft.takes_from
                and cluster_url(delivery.repository) != PLACEHOLDER
            ):
                yield (
                    f"{draft.name} is delivered without review, as there is no telling which forge "
                    f"{delivery.repository} is on: set spec.delivery.forge and `mode: pull-request`"
                )
        for name in self._unlisted.get("CODEOWNERS", ()):
            who = " ".join(wanted.owners.get(name, (_SOMEBODY,)))
            root = f"{modes[name].path}/" if modes[name].path else ""
            paths = [f"/environments/{name}.yaml", f"/{root}overlays/{name}/"]
            if "flux" in wanted.gitops:
                paths.insert(1, f"/clusters/{name}/")
            yield f"add to CODEOWNERS: {all_of([f'`{path} {who}`' for path in paths])}"


def _json(file: Path) -> object:
    """Return what a file says; None where it is no JSON."""
    try:
        return bounded_json.loads(bounded_file.read(file, POLICY_FILE_BYTES))
    except (OSError, ValueError):
        return None


def _text(file: Path) -> str:
    """Return the text of a file; nothing of one that cannot be read."""
    try:
        return bounded_file.read(file, POLICY_FILE_BYTES).decode(errors="replace")
    except OSError:
        return ""
