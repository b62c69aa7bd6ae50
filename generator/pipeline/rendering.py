"""Rendering: the files of a plan in its repository, and what they do to pods."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from posixpath import join, normpath

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.warned import Warned
from generator.delivery.outcome import Outcome
from generator.delivery.ports import WritableBranch
from generator.environment import parse, schema
from generator.environment.environment import Environment
from generator.errors import Place, Problem
from generator.lock import branch as lock_branch
from generator.lock import desired_parts, lock_file, paths, reverts
from generator.lock.lock import Lock
from generator.lock.paths import Files
from generator.plan import capacity
from generator.plan.plan import Plan
from generator.plan.settings import Effect, Setting
from generator.render import agent_image, handover, overlay
from generator.render.effects import KUSTOMIZATION, ReadFile, effects
from generator.render.scaffold import scaffold_of
from generator.render.settings import Comparison
from generator.render.templates import Templates
from generator.text.phrases import listed

_SHOWN = 3  # keys in a warning


class Rendering(Struct, frozen=True):
    """An environment, the branch that its files go to, and the templates that make them."""

    environment: Environment
    branch: WritableBranch
    templates: Templates
    now: datetime

    def outcome(self, plan: Plan, applied: Lock) -> Outcome:
        """Return *plan*, made on the lock *applied*, with its files and what they change.

        Also with the files that the branch lacks of those that people go on with: base,
        components. Nothing to serve and nothing served needs no files.

        Raises:
            InvalidInputError: A template cannot be used.
            PublishError: The branch has something else where files are to be.
        """
        environment = self.environment
        committed = lock_branch.generated(environment, self.branch)
        if not plan.lock.models and not committed:
            return Outcome(plan, {})
        scaffold, kept = self._scaffold(), self._replicas_kept(committed)
        files = self._files(plan.lock, committed, kept) | scaffold
        lock = plan.lock.with_settings(environment.settings.data)
        if lock is not plan.lock and plan.against(files, committed).files:
            plan = replace(plan, lock=lock)
            files = self._files(lock, committed, kept) | scaffold
        self.branch.refuse_misfits(files.keys(), ())
        config_maps = overlay.config_maps(environment, files)
        plan = replace(plan, rollout=overlay.pod_rollout(environment, plan.lock))
        warned = [
            *capacity.warnings(environment, config_maps, plan.lock.models, plan.memory[1]),
            *capacity.template_warnings(environment.file, plan.rollout, plan.lock.models),
            *agent_image.unpublished(environment, partial(self._content, files)),
            *([] if kept is None else [handover.warning(environment, kept)]),
        ]
        plan = replace(plan, config_maps=config_maps, warnings=(*plan.warnings, *warned))
        plan = plan.against(files, committed, self._effects(files, committed))
        told = self._settings(plan, applied, files)
        again = self._taken_back(told)
        return Outcome(replace(plan, settings=told, warnings=(*plan.warnings, *again)), files)

    def of_models(self, plan: Plan, applied: Lock) -> Outcome:
        """Return *plan*, made on the lock *applied*, with the files that its lock changes alone.

        All else stays as it was committed: settings that it does not have, what a new release
        renders otherwise. None where no model changes, nor what is on hold.

        Raises:
            InvalidInputError: A template cannot be used.
            PublishError: The branch has something else where files are to be.
        """
        if not plan.changes and plan.lock.on_hold == applied.on_hold:
            return Outcome(replace(plan, files=(), settings=(), config_maps=()), {})
        committed = lock_branch.generated(self.environment, self.branch)
        kept = self._replicas_kept(committed)
        then, own = self._as_applied(applied), self._as_applied(plan.lock)
        before = then._files(applied, committed, kept)  # noqa: SLF001  its own kind
        after = own._files(plan.lock, committed, kept)  # noqa: SLF001
        files = {it: data for it, data in committed.items() if it in after or it not in before}
        files |= {it: data for it, data in after.items() if before.get(it) != data}
        if plan.lock.settings != applied.settings:
            files |= own._scaffold()  # noqa: SLF001
        self.branch.refuse_misfits(files.keys(), ())
        config_maps = overlay.config_maps(own.environment, after)
        rollout = overlay.pod_rollout(own.environment, plan.lock)
        plan = replace(plan, settings=(), config_maps=config_maps, rollout=rollout)
        plan = plan.against(files, committed, own._effects(files, committed))  # noqa: SLF001
        if plan.lock.settings != applied.settings:
            plan = replace(plan, settings=own._settings(plan, applied, files))  # noqa: SLF001
        return Outcome(plan, files)

    def _as_applied(self, lock: Lock) -> "Rendering":
        """Return the rendering with the settings that *lock* has, as far as they are known."""
        environment, settings = self.environment, lock.settings
        if settings is None or not schema.is_valid_settings(settings):
            return self
        found = parse.with_settings(environment, settings)
        return replace(self, environment=replace(found, delivery=environment.delivery))

    def _files(self, lock: Lock, committed: Files, kept: int | None) -> dict[str, bytes]:
        """Return the generated files by their path in the repository.

        A committed lock that says the same stays, however another release has written it.
        """
        in_parts = f"{self._generated}/{desired_parts.FIRST}" in committed
        made = overlay.generated(self.environment, lock, self.templates, kept, in_parts=in_parts)
        files = self._placed(made)
        path = lock_branch.path(self.environment, paths.lock_path(self.environment.name))
        if (there := committed.get(path)) and lock_file.says(lock, there):
            files[path] = there
        return files

    def _replicas_kept(self, committed: Files) -> int | None:
        """Return the number of pods that stays in the Deployment beside an autoscaler."""

        def has_settled() -> bool:
            since = self.now - timedelta(seconds=self.environment.delivery.settle)
            past = self.branch.recent([f"{self._generated}/{KUSTOMIZATION}"], since)
            begun = past[-1][0] if past else self.now
            return begun <= since and all(handover.has_autoscaler(data) for _, (data,) in past)

        folder = self._generated
        return handover.kept(
            self.environment, lambda name: committed.get(f"{folder}/{name}"), has_settled
        )

    def _scaffold(self) -> dict[str, bytes]:
        """Return the files that people go on with, as far as the branch has none of their kind."""
        found: dict[str, bytes] = {}
        scaffold = scaffold_of(self.environment, self.templates)
        for unit in scaffold:
            if not self.branch.has(lock_branch.path(self.environment, unit)):
                found |= self._placed(scaffold[unit])
        return found

    def _placed(self, files: Files) -> dict[str, bytes]:
        return {lock_branch.path(self.environment, path): data for path, data in files.items()}

    @property
    def _generated(self) -> str:
        """The generated folder in the repository."""
        return lock_branch.path(self.environment, paths.generated_folder(self.environment.name))

    def _effects(
        self, files: Mapping[str, bytes], committed: Mapping[str, bytes]
    ) -> dict[str, Effect]:
        """Return the effect of each file that the two have, by path."""
        folder = f"{self._generated}/"
        beside = self._beside(files)

        def reader(these: Mapping[str, bytes]) -> ReadFile:
            return lambda name: these.get(folder + name) if "/" not in name else beside(name)

        names = {
            path.removeprefix(folder) for path in {*files, *committed} if path.startswith(folder)
        }
        found = effects(reader(committed), reader(files), names)
        told = {folder + name: effect for name, effect in found.items()}
        lacking = Effect.RESTART if folder + KUSTOMIZATION in committed else Effect.NONE
        components = lock_branch.path(self.environment, "components/")
        for path in files.keys() - told.keys():
            # A component does nothing but where it is named; a base that was gone is another one.
            told[path] = Effect.NONE if path.startswith(components) else lacking
        return told

    def _beside(self, files: Files) -> ReadFile:
        """Return a reader of what is beside the generated folder, which a sync adds at most."""
        folder = paths.generated_folder(self.environment.name)
        return lambda name: self._content(files, normpath(join(folder, name)))

    def _content(self, files: Files, name: str) -> bytes | None:
        """Return the file *name* below `delivery.path` as it is with *files*."""
        if name.startswith(".."):
            return None
        path = lock_branch.path(self.environment, name)
        return files[path] if path in files else self.branch.read(path).get(path)

    def _settings(
        self, plan: Plan, applied: Lock, files: Mapping[str, bytes]
    ) -> tuple[Setting, ...]:
        """Return the settings that differ; none where nobody knows what they were."""
        if applied.settings is None:
            return ()
        comparison = Comparison(
            self.environment, applied.settings, plan.lock, self.templates, self._beside(files)
        )
        return comparison.told(plan.effect)

    def _taken_back(self, told: tuple[Setting, ...]) -> Iterator[Warned]:
        """Warn where the settings that differ are those that a person took back on the branch."""
        if not told:
            return
        environment = self.environment
        past = lock_branch.history(environment, self.branch)
        if state := reverts.settings_taken_back(past, environment.settings.data):
            keys = listed([setting.key for setting in told], _SHOWN)
            text = (
                f"{keys}: taken back on the branch by {state.subject!r}, and asked for here still: "
                "a sync sets it again; take it out of the policy, too"
            )
            yield Warned("settings-taken-back", Problem(text, Place(environment.file)))
