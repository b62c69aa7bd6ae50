"""Plans and catalogs as JSON, each by its schema in schemas/."""

from typing import Any

from generator.catalog.hold import Held
from generator.errors import GuardError
from generator.lock.changes import Change
from generator.lock.notes import Failed
from generator.plan.capacity import CONFIG_MAP_BYTES
from generator.plan.closure import Closure
from generator.plan.naming import Named
from generator.plan.plan import Deferred, Plan
from generator.plan.pod_rollout import POD_BYTES, SURGE, PodRollout
from generator.plan.settings import Effect, Setting
from generator.plan.swap import Swap
from generator.report.explain import Explanation
from generator.serving.leaving import LEAVES
from generator.serving.probe.policy_probe import PolicyProbe
from generator.text.timestamp import timestamp


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as schemas/plan.schema.json describes it."""
    return {
        "environment": plan.environment,
        "changed": plan.changed,
        "effect": plan.effect if plan.files else None,
        "changes": [_planned_json(change, plan.effect) for change in plan.changes],
        "settings": [_setting_json(setting) for setting in plan.settings],
        "deferred": [_deferred_json(item) for item in plan.deferred],
        "closure": closure_json(plan.closure),
        "waysBack": [
            {"model": name, "by": plan.back.by, "failed": [failed_json(it) for it in failed]}
            for name, failed in sorted(plan.back.failed.items())
        ],
        "forgotten": [failed_json(it) for it in plan.forgotten],
        "held": [held_json(hold, plan.environment) for hold in plan.held],
        "degraded": list(plan.degraded),
        "warnings": [{"code": item.code, "message": item.message} for item in plan.warnings],
        "files": [
            {"path": change.path, "action": change.action, "effect": change.effect}
            for change in plan.files
        ],
        "configMaps": [
            {"name": each.name, "file": each.file, "bytes": each.bytes, "limit": CONFIG_MAP_BYTES}
            for each in plan.config_maps
        ],
        "rollout": _rollout_json(plan.rollout),
        "swaps": [_swap_json(swap) for swap in plan.swapped],
        "unchanged": plan.unchanged,
        "refused": _refused_json(plan.refused),
    }


def _setting_json(setting: Setting) -> dict[str, Any]:
    return {
        "key": setting.key,
        "from": setting.before,
        "to": setting.after,
        "place": setting.place,
        "inherited": setting.inherited,
        "effect": setting.effect,
    }


def _deferred_json(item: Deferred) -> dict[str, Any]:
    return {
        "model": item.model,
        "versions": list(item.versions),
        "labels": dict(item.labels),
        "due": timestamp(item.due) if item.due else None,
        "reason": item.reason,
        "why": item.why,
    }


def catalog_json(environment: str, catalog: Named) -> dict[str, Any]:
    """Return the catalog of an environment as schemas/catalog.schema.json describes it."""
    return {
        "environment": environment,
        "versions": [
            {
                "model": name,
                "basePath": version.base_path,
                "version": version.version,
                "index": version.index.key,
                "digest": version.digest,
                "objects": version.objects,
                "bytes": version.bytes,
                "published": timestamp(version.published),
                "warmup": version.warmup,
            }
            for name, version in catalog.versions
        ],
        "held": [held_json(hold, environment) for hold in catalog.held],
    }


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation as schemas/explain.schema.json describes it."""
    return {
        "environment": explanation.environment,
        "model": explanation.model,
        "basePaths": list(explanation.base_paths),
        "rules": list(explanation.rules),
        "versions": [
            {
                "version": fate.version,
                "served": fate.is_served,
                "wanted": fate.is_wanted,
                "reasons": list(fate.reasons),
            }
            for fate in explanation.fates
        ],
        "notes": list(explanation.notes),
    }


def held_json(hold: Held, environment: str) -> dict[str, Any]:
    """Return one hold in an *environment*; *model* and *version* are null for a whole index."""
    return {
        "index": hold.index,
        "model": hold.model,
        "version": hold.version,
        "code": hold.code,
        "problems": list(hold.problems),
        "due": timestamp(hold.due) if hold.due else None,
        "remedy": hold.remedy_in(environment),
    }


def failed_json(failed: Failed) -> dict[str, Any]:
    """Return one version that failed in pods."""
    return {
        "model": failed.model,
        "version": failed.version,
        "pods": list(failed.pods),
        "error": failed.why,
    }


def closure_json(closure: Closure | None) -> dict[str, Any] | None:
    """Return what keeps changes from going out, and what waits for that; None of nothing."""
    if closure is None:
        return None
    return {
        "code": closure.code,
        "until": timestamp(closure.until),
        "reason": closure.reason,
        "stops": closure.stops,
        "override": closure.override,
        "settings": [setting.key for setting in closure.settings],
        "files": list(closure.files),
    }


def _rollout_json(rollout: PodRollout | None) -> dict[str, Any] | None:
    if rollout is None:
        return None
    return {
        "pods": {"min": rollout.fewest, "max": rollout.most},
        "surge": SURGE,
        "models": rollout.models,
        "versions": rollout.versions,
        "bytes": rollout.bytes,
        "soakSeconds": rollout.soak,
        "deadlineSeconds": rollout.deadline,
        "annotations": {"bytes": rollout.annotations, "limit": POD_BYTES},
    }


def _swap_json(swap: Swap) -> dict[str, Any]:
    return {
        "model": swap.model,
        "bytesOfBoth": swap.both,
        "limit": swap.limit,
        "bytesLoaded": swap.loads,
        "pods": {"min": swap.pods[0], "max": swap.pods[1]},
        "drainSeconds": LEAVES,
    }


def _refused_json(refused: GuardError | None) -> dict[str, str] | None:
    if refused is None:
        return None
    message = "\n".join(refused.problems)
    return {"code": refused.code, "message": message, "hint": refused.hint}


def change_json(change: Change) -> dict[str, Any]:
    """Return one model before and after: its versions and its labels."""
    versions, labels = change.versions, change.labels
    return {
        "model": change.model,
        "action": change.action,
        "versions": {"from": list(versions[0]), "to": list(versions[1])},
        "labels": {"from": dict(labels[0]), "to": dict(labels[1])},
        "probe": {"from": _probe_json(change.probes[0]), "to": _probe_json(change.probes[1])},
    }


def _probe_json(probe: PolicyProbe | None) -> str | None:
    return None if probe is None else probe.name


def _planned_json(change: Change, effect: Effect) -> dict[str, Any]:
    """Return a change of a plan: with what it costs, why it is made, and what it does to pods."""
    return change_json(change) | {
        "bytes": dict(zip(("from", "worst", "to"), change.bytes, strict=True)),
        "reasons": list(change.reasons),
        "effect": effect,
    }
