"""The overview of an environment as JSON, by schemas/status.schema.json."""

from datetime import datetime
from typing import Any

from generator.lock.commit import Commit
from generator.lock.lock import ServedModel
from generator.report.as_json import change_json, closure_json, failed_json, held_json
from generator.status.overview.overview import NextStep, Overview
from generator.status.overview.proposal import Proposal
from generator.status.report import status_json
from generator.status.status import Status
from generator.text.timestamp import timestamp


def overview_json(found: Overview, at: datetime, pods: Status | None = None) -> dict[str, Any]:
    """Return one environment: its Git side *at* some time, and its *pods* if they were asked."""
    commit, plan, serving = found.past.commit, found.plan, found.serving
    git = {
        "environment": found.name,
        "agrees": None,
        "generation": found.lock.generation,
        "merged": timestamp(commit.at) if commit else None,
        "commit": _commit_json(commit) if commit else None,
        "image": serving.effective_image if serving else None,
        "replicas": dict(zip(("min", "max"), serving.pods, strict=True)) if serving else None,
        "models": [_model_json(model, found.past.since(model.name)) for model in found.lock.models],
        "deferred": [_step_json(name, step) for name, step in found.next_steps(at).items()],
        "closure": closure_json(found.closure(at)),
        "proposal": _proposal_json(found.proposal) if found.proposal else None,
        "changes": [change_json(change) for change in plan.changes] if plan else None,
        "held": [held_json(hold, found.name) for hold in plan.held] if plan else None,
        "problems": list(found.problems),
        "servers": [],
    }
    return git | (status_json(pods) if pods else {})


def _model_json(model: ServedModel, since: datetime | None) -> dict[str, Any]:
    return {
        "model": model.name,
        "basePath": model.base_path,
        "versions": list(model.numbers),
        "labels": dict(model.labels),
        "since": timestamp(since) if since else None,
    }


def _step_json(model: str, step: NextStep) -> dict[str, Any]:
    return {
        "model": model,
        "versions": list(step.versions),
        "labels": dict(step.labels),
        "due": timestamp(step.due) if step.due else None,
        "waits": step.waits or None,
    }


def _commit_json(commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.id,
        "at": timestamp(commit.at),
        "author": commit.author,
        "people": list(commit.people()),
        "subject": commit.subject,
        "pullRequest": commit.pull_request,
    }


def _proposal_json(proposal: Proposal) -> dict[str, Any]:
    request = proposal.request
    opened = request.opened if request else None
    return {
        "branch": proposal.branch,
        "pullRequest": request.number if request else None,
        "url": request.url if request else None,
        "opened": timestamp(opened) if opened else None,
        "unasked": proposal.unasked or None,
        "changes": [change_json(change) for change in proposal.changes],
        "leaves": [
            failed_json(it) for change in proposal.changes for it in change.leaves(proposal.failed)
        ],
    }
