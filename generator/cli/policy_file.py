"""The file of an environment that a command edits: read it, prove the edit, publish it."""

import difflib
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from generator.cli import echo
from generator.cli.edit_mode import EditMode
from generator.cli.project import Project
from generator.errors import InvalidInputError, PublishError
from generator.limits.yaml import YAML_BYTES
from generator.text import bounded_file, whole_file
from generator.text.phrases import command, reason

if TYPE_CHECKING:
    from generator.delivery.git.working_copy import PolicyRepository
    from generator.environment.environment import Rule
    from generator.plan.pin import ModelChoice


class Edit(Struct, frozen=True):
    """A text that was proven: it loads, and its rules choose what was asked."""

    text: str
    project: Project
    """The project with this edit."""


class Publication(Struct, frozen=True):
    """The place where an edit went to: the working tree, or a branch."""

    branch: str | None = None
    commit: str | None = None


class PolicyFile:
    """One environment's file: as it lies here, or, for a commit, as HEAD has it."""

    def __init__(self, project: Project, name: str, mode: EditMode) -> None:
        self._project = project
        self._name = name
        self.is_trial = mode.dry_run
        self.file = f"environments/{name}.yaml"
        self._path = project.folder / self.file
        self._repository: PolicyRepository | None = None
        project.environment(name)  # with its own errors, if it does not load as it is
        if mode.write or mode.dry_run:  # what is only shown needs no place to go to
            self._text = _read(self._path)
        else:
            from generator.delivery.git import working_copy

            self._repository = working_copy.PolicyRepository(project.folder)
            self._text = self._repository.read(self._path).decode()

    def edit(self, asked: "ModelChoice") -> Edit | None:
        """Return the edit that makes the rules choose what is *asked*; None if they do.

        The model's own rule is changed, or added. If that has no effect, because a later
        rule overrides it, one more rule comes after all.

        Raises:
            InvalidInputError: There is no such edit, or what it makes does not load.
        """
        from generator.environment.edit import rule_edit

        _, rules = self._edited(self._text)
        if asked.is_met(rules):
            return None
        last = asked.of_last_rule(rules)
        for text in (
            rule_edit.in_place(self._text, asked.of_own_rule(rules)),
            rule_edit.appended(self._text, last),
        ):
            if text is not None:
                project, edited = self._edited(text)
                if asked.is_met(edited):
                    return Edit(text, project)
        raise InvalidInputError(
            f"{self.file}: the policy cannot be edited without changing something else",
            hint=f"add this to the end of the policy by hand: {rule_edit.as_text(last)}",
        )

    def diff(self, edit: Edit) -> str:
        """Return *edit* as a unified diff, which Git and patch can apply."""
        lines = difflib.unified_diff(
            _lines(self._text), _lines(edit.text), f"a/{self.file}", f"b/{self.file}"
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )

    def publish(self, edit: Edit, branch: str, message: str) -> Publication:
        """Write the file or commit it on *branch*, and tell what is next; a trial does neither."""
        publication = Publication()
        if self.is_trial:
            echo.say("dry run: nothing is written", err=True)
            return publication
        if self._repository is None:
            self._write(edit.text)
            done = f"wrote {self.file}"
            following = f"commit it, then {command('tfs-gitops', 'plan', self._name)}"
        else:
            data = edit.text.encode()
            made = self._repository.commit(self._path, data, branch, message)
            publication = Publication(branch, made.commit)
            done = f"committed {made.commit[:12]} to {branch}"
            if not made.is_new:
                done = f"nothing to do: {branch} has this already, as {made.commit[:12]}"
            following = f"{command('git', 'push', 'origin', branch)}, then open a pull request"
        echo.say(done, err=True)
        echo.talk("next", following)
        return publication

    def _edited(self, text: str) -> "tuple[Project, tuple[Rule, ...]]":
        """Return the project as if *text* were in the file, and the rules of the environment."""
        edited = self._project.edited({self._name: text})
        try:
            return edited, edited.environment(self._name).policy
        except InvalidInputError as error:
            what = f"{self.file} would be refused after this edit; nothing was written:"
            raise InvalidInputError([what, *error.problems], hint=error.hint) from error

    def _write(self, text: str) -> None:
        """Replace the file, or what its symbolic link leads to, in one step."""
        path = self._path.resolve()
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & stat.S_IWUSR:
            raise PublishError(
                f"{self.file}: is read-only", hint=command("chmod", "u+w", str(path))
            )
        try:
            with whole_file.written_beside(path, text.encode(), mode=mode) as beside:
                if _read(path) != self._text:
                    problem = f"{self.file}: somebody else has just written it"
                    raise PublishError(problem, hint="run it again; nothing was written")
                beside.replace(path)
        except OSError as error:
            hint = "check that its folder may be written; nothing was"
            problem = f"{self.file}: cannot be written: {reason(error)}"
            raise PublishError(problem, hint=hint) from error


def _read(path: Path) -> str:
    """Return a text with the line breaks that it has."""
    return bounded_file.read_text(path, YAML_BYTES)


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [
        line for line in text.split("\n")[-1:] if line
    ]


def branch_name(action: str, environment: str, model: str) -> str:
    """Return the branch of an action on a model, as Git allows one to be named."""
    safe = re.sub(r"\.(?=\.|$)|\.(?=lock$)", "-", model)
    return f"tfs-gitops/{action}-{environment}-{safe}"
