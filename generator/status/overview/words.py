"""The words of an overview: cells of its tables, and the remarks below them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from generator.catalog.hold import Code, Held
from generator.delivery.pull_request import PullRequest
from generator.lock.changes import Action
from generator.report.line import Line, Tone
from generator.report.ways_back import leaving
from generator.serving.state import Labels
from generator.status.overview.overview import Overview
from generator.status.overview.proposal import Proposal
from generator.text import phrases
from generator.text.duration import short_duration


def numbers(found: Sequence[int]) -> str:
    """Return version numbers in a row."""
    return phrases.numbers(found, ",")


def labels(found: Labels) -> str:
    """Return labels and their versions in a row."""
    return phrases.labels(found, " ")


def age(one: Overview, model: str, now: datetime) -> str:
    """Return how long *model* is served as it is; with `>` if that is all that was read."""
    if model not in one.models:
        return ""
    if (since := one.past.since(model)) is not None:
        return short_duration(now - since)
    return f">{short_duration(now - one.past.reach)}" if one.past.reach else ""


def coming(one: Overview, model: str, now: datetime) -> Iterator[str]:
    """Yield what *model* goes on to: the step that Git knows of, and the merge that waits."""
    if step := one.next_steps(now).get(model):
        goal = " ".join(filter(None, [numbers(step.versions), labels(step.labels)])) or "goes"
        late = step.due is None or step.due <= now
        when = "with the next sync" if late or not step.due else _in(step.due, now)
        yield f"{goal} {'waits' if step.waits else when}"
    change = one.proposal.of(model) if one.proposal else None
    if one.proposal and change:
        removed = change.action is Action.REMOVE
        goal = " ".join(filter(None, [numbers(change.versions[1]), labels(change.labels[1])]))
        yield f"{'goes' if removed else goal} {_by(one.proposal)}"


def waits(one: Overview, model: str, now: datetime) -> Iterator[str]:
    """Yield the versions of *model* that wait for their time alone, and how long."""
    for hold in one.held_of(model):
        if hold.code is Code.WAITING and hold.due is not None and hold.version is not None:
            yield f"{hold.version} {_in(hold.due, now)}"


def held(hold: Held, now: datetime) -> str:
    """Return a hold in a few words: `2 etag-mismatch`, `3 waiting, in 2d`."""
    return subject(hold) + (f", {_in(hold.due, now)}" if hold.due else "")


def subject(hold: Held) -> str:
    """Return what is held: `2 etag-mismatch`."""
    number = "" if hold.version is None else f"{hold.version} "
    return f"{number}{hold.code}"


def changed(one: Overview, now: datetime) -> str:
    """Return when the environment was changed last."""
    if one.past.commit is not None:
        return f"{short_duration(now - one.past.commit.at)} ago"
    if one.past.reach is not None:
        return f">{short_duration(now - one.past.reach)} ago"
    return "unknown" if one.lock.models or one.lock.generation else "never"


def pods(one: Overview) -> str:
    """Return how many pods there are to be: `2`, or `2-8` with autoscaling; empty if unknown."""
    if one.serving is None:
        return ""
    fewest, most = one.serving.pods
    return str(fewest) if fewest == most else f"{fewest}-{most}"


def next_sync(one: Overview) -> str:
    """Return what the next sync would do; `?` where nobody could tell."""
    plan = one.plan
    if plan is None or plan.closure is None or plan.refused is not None or not plan.waits:
        return going_out(one)
    now = [going_out(one)] if plan.changed else []
    return ", ".join([*now, plan.closure.briefly])


def going_out(one: Overview) -> str:
    """Return what the next sync would let out, without what waits; `?` where nobody could tell."""
    plan = one.plan
    if plan is None:
        return "?"
    if plan.refused is not None:
        return f"refused: {plan.refused.code}"
    parts = [(len(plan.changes), "model"), (len(plan.settings), "setting")]
    told = [phrases.counted(count, noun) for count, noun in parts if count]
    if told and plan.goes_by == "pull-request":
        told.append(_back(one.closed))
    return ", ".join(told) or ("files only" if plan.changed else "no change")


def remarks(read: Sequence[Overview], now: datetime) -> Iterator[Line]:
    """Yield the lines below the tables: requests that wait, held indexes, what is unknown."""
    for one in read:
        if (closure := one.closure(now)) is not None:
            what = "changes are " if closure.stops else "a merge is better "
            yield Line(f"{one.name}: {what}{closure.deferred}", Tone.LATER)
        if one.closed is not None:
            yield Line(f"{one.name}: {_closed(one.closed)}", Tone.LATER)
        if one.proposal is not None:
            yield Line(f"{one.name}: {_request(one.proposal, now)}", Tone.LATER)
            for change in one.proposal.changes:
                if told := leaving(change, one.proposal.failed):
                    yield Line(f"{one.name}: {_once(one.proposal)}, {told}", Tone.LATER)
    indexes = _by_text(
        (f"{hold.index}: {hold.code}: {hold.code.meaning}", one.name)
        for one in read
        for hold in one.held
        if hold.model is None
    )
    for text, names in indexes.items():
        yield Line(f"held: {text} ({names})", Tone.HELD)
    problems = _by_text((problem, one.name) for one in read for problem in one.problems)
    for problem, names in problems.items():
        yield Line(f"{names}: {problem}", Tone.WARNING)


def _by_text(found: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return each text once, with the names of all environments that it is of."""
    names: dict[str, list[str]] = defaultdict(list)
    for text, name in found:
        names[text].append(name)
    return {text: ", ".join(having) for text, having in names.items()}


def _request(proposal: Proposal, now: datetime) -> str:
    request = proposal.request
    if request is None:
        return f"{proposal.branch} has a proposal; its pull request: unknown: {proposal.unasked}"
    since = f" since {short_duration(now - request.opened)}" if request.opened else ""
    return f"pull request #{request.number} waits for review{since}: {request.url}"


def _closed(request: PullRequest) -> str:
    told = f"pull request #{request.number} was closed without a merge"
    return f"{told}: the same is not opened again: {request.url}"


def _back(closed: PullRequest | None) -> str:
    """Return how what failed goes back, as far as that is known before a sync has looked."""
    unless = f", unless it is the same as #{closed.number}, which was closed" if closed else ""
    return f"back by pull request{unless}"


def _by(proposal: Proposal) -> str:
    return f"in #{proposal.request.number}" if proposal.request else "proposed"


def _once(proposal: Proposal) -> str:
    number = f"#{proposal.request.number}" if proposal.request else proposal.branch
    return f"once {number} is merged"


def _in(due: datetime, now: datetime) -> str:
    return f"in {short_duration(due - now)}"
