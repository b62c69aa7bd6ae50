"""The program: discover, validate, decide, render, publish.

A store is discovered and validated once for all environments that share it; each
environment then goes from its lock to its files, and to at most one commit. Nothing
here knows a library: the store, the branch and the terminal are ports, and what goes
from stage to stage is a value.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial

from generator.catalog.catalog import Warned
from generator.delivery import propose as reviewed
from generator.delivery.commitment import Commitment
from generator.delivery.propose import OpenForge
from generator.environment.environment import Environment
from generator.errors import GuardError, PublishError
from generator.lock import branch as lock_branch
from generator.lock import buildable, paths
from generator.lock.lock import Lock
from generator.lock.paths import Files
from generator.plan import capacity, facts, failures, git_steps, guards
from generator.plan import decide as decision
from generator.plan.context import Ask, Options, Outcome, Surveyed
from generator.plan.plan import Plan
from generator.render import overlay
from generator.render.templates import Templates
from generator.report import commit_message
from generator.serving.reported import Question
from generator.text.timestamp import timestamp

CLOCKS_AGREE = timedelta(minutes=5)
"""By how much the clock of a committer may be ahead."""

PUSHES = 10
"""How often a push that loses a race is planned again."""


def decide(surveyed: Surveyed, applied: Lock, retake: Collection[str] = ()) -> Plan:
    """Return what the policy wants; what people took back stays away, but the models *retake*.

    The branch's past is only read where something would change.
    """
    environment, catalog, around = surveyed.environment, surveyed.catalog, surveyed.around
    plan = decision.decide(environment, catalog, applied, around)
    if not plan.changes:
        return plan
    past = facts.with_taken(surveyed, applied)
    around = replace(past, taken=frozenset(item for item in past.taken if item[0] not in retake))
    idle = sorted(set(retake) - {model for model, _ in past.taken})
    plan = decision.decide(environment, catalog, applied, around)
    warned = (Warned("nothing-taken-back", f"--retake {name}: it was not taken") for name in idle)
    return replace(plan, warnings=(*plan.warnings, *warned))


def propose(surveyed: Surveyed, templates: Templates, options: Options) -> Outcome:
    """Decide and render: return the plan and the files, all paths in the repository.

    A plan that a guard refuses tells what would happen, and why it does not.

    Raises:
        InvalidInputError: The lock or a template cannot be used.
        PublishError: The branch has something else where files are to be.
    """
    environment, branch = surveyed.environment, surveyed.branch
    branch.refuse_misfits((), buildable.folders(environment))
    try:
        applied = lock_branch.applied(environment, branch)
    except GuardError as error:  # then nobody knows what to begin from
        lock = lock_branch.read_lock(environment, branch)
        nothing = Plan(environment.name, lock, unchanged=len(lock.models), refused=error)
        return Outcome(nothing, {})
    plan = decide(surveyed, applied, options.retake)
    refused = guards.refusal(
        plan,
        applied,
        surveyed.catalog,
        environment,
        allow_removals=options.allow_removals,
        misread=surveyed.around.misread,
    )
    plan = replace(staged(surveyed, applied, plan, options.ask), refused=refused)
    committed = branch.read(lock_branch.path(environment, paths.generated_folder(environment.name)))
    if not plan.lock.models and not committed:
        return Outcome(plan, {})
    files = dict(overlay.generated(environment, plan.lock, templates))
    plan = _measured(environment, plan, files)
    absent = overlay.scaffold(environment, templates)
    for unit, contents in absent.items():
        if not branch.has(lock_branch.path(environment, unit)):
            files |= contents
    files = {lock_branch.path(environment, path): data for path, data in files.items()}
    branch.refuse_misfits(files.keys(), ())
    return _tried(surveyed, Outcome(plan.against(files, committed), files))


def _measured(environment: Environment, plan: Plan, generated: Files) -> Plan:
    """Return the plan with how full the ConfigMaps are that carry it to the pods."""
    config_maps = overlay.config_maps(environment, generated)
    found = capacity.warnings(environment, config_maps, plan.lock.models, plan.memory[1])
    return replace(plan, config_maps=config_maps, warnings=(*plan.warnings, *found))


def _tried(surveyed: Surveyed, outcome: Outcome) -> Outcome:
    """Warn of an overlay that does not build, before it is committed: it would reach no pod."""
    environment, plan = surveyed.environment, outcome.plan
    if surveyed.build_problem is None or not plan.changed:
        return outcome
    folder = buildable.overlay(environment)
    read = partial(
        buildable.files, environment, surveyed.branch, outcome.files, frozenset(plan.paths)
    )
    problem = surveyed.build_problem(read, folder)
    if problem is None:
        return outcome
    warned = Warned("does-not-build", f"{folder}: {problem}; mend it, or no pod gets this change")
    return replace(outcome, plan=replace(plan, warnings=(*plan.warnings, warned)))


def staged(surveyed: Surveyed, applied: Lock, plan: Plan, ask: Ask | None = None) -> Plan:
    """Return the plan of the next safe step towards *plan*, by what the servers say to *ask*.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    if not (plan.changes or applied.pending):
        return plan
    environment, now = surveyed.environment, surveyed.around.now
    servers = ask(_questions(plan, applied)) if ask is not None else ()
    found, warned = failures.Failures.of(servers), tuple(failures.silent(servers))
    if environment.serving.agent:
        return replace(plan, warnings=(*plan.warnings, *warned, *found.warnings()))
    plan = replace(plan, warnings=(*plan.warnings, *warned))
    settle = environment.delivery.settle
    past = lock_branch.recent(environment, surveyed.branch, now - timedelta(seconds=settle))
    plan = git_steps.stage(plan, past, now, settle, found)
    if past and past[0].at > now + CLOCKS_AGREE:
        dated = (
            f"the newest commit of {environment.delivery.branch!r} is dated {timestamp(past[0].at)}"
        )
        problem = f"{dated}: steps wait for that time, or for a newer commit with the right one"
        plan = replace(plan, warnings=(*plan.warnings, Warned("clock", problem)))
    return plan


def _questions(plan: Plan, applied: Lock) -> list[Question]:
    """Return what to ask servers before a step: of the models that are served and would change."""
    names = {change.model for change in plan.changes} | {item.model for item in applied.pending}
    return [Question(name) for name in sorted(names & applied.by_name.keys())]


def sync(
    surveyed: Surveyed, templates: Templates, options: Options, open_forge: OpenForge
) -> Outcome:
    """Bring the branch, or its pull request, to what the policy asks for, in one commit or none.

    Safe to repeat: an environment that is in that state gets no commit, nor does one whose plan
    a guard refuses, or on whose pull request a person is at work.

    Raises:
        PublishError: The repository refused the commit, or others were always faster.
    """
    environment = surveyed.environment
    for _ in range(PUSHES):
        surveyed = _fresh(surveyed)
        outcome = propose(surveyed, templates, options)
        if options.dry_run or outcome.plan.refused is not None:
            return outcome
        if environment.delivery.mode == "pull-request":
            done = _request(surveyed, outcome, templates, open_forge)
        else:
            done = _commit(surveyed, outcome, templates)
        if done is not None:
            return done
        if surveyed.again is not None:
            surveyed = surveyed.again()
        else:
            surveyed.branch.fetch()
    delivery = environment.delivery
    by_request = delivery.mode == "pull-request"
    target = reviewed.branch_name(environment.name) if by_request else delivery.branch
    raise PublishError(
        f"{environment.name}: {PUSHES} times others pushed to {target!r} first",
        hint="nothing is lost: run `tfs-gitops sync` again",
    )


def _fresh(surveyed: Surveyed) -> Surveyed:
    """Return *surveyed*, anew if its branch has moved on since the store was read."""
    if surveyed.again is None or surveyed.lock is None:
        return surveyed
    if lock_branch.read_lock(surveyed.environment, surveyed.branch) == surveyed.lock:
        return surveyed
    return surveyed.again()


def _request(
    surveyed: Surveyed, outcome: Outcome, templates: Templates, open_forge: OpenForge
) -> Outcome | None:
    """Bring the pull request to what is proposed, unless a person is at work on it."""
    try:
        return reviewed.request(surveyed, outcome, templates, open_forge)
    except GuardError as error:
        return replace(outcome, plan=replace(outcome.plan, refused=error))


def _commit(surveyed: Surveyed, outcome: Outcome, templates: Templates) -> Outcome | None:
    """Commit what is proposed to the branch; None if others were faster."""
    outcome = replace(outcome, notices=reviewed.left_behind(surveyed))
    if not outcome.plan.changed:
        return outcome
    message = commit_message.commit_message(outcome.plan, templates)
    author = surveyed.environment.delivery.author
    commit = surveyed.branch.commit(Commitment(outcome.files, outcome.removed, message, author))
    return replace(outcome, commit=commit) if commit else None
