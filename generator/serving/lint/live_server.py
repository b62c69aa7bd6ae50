"""Findings about a live server: in a file, and in its difference from the one that it runs."""

from collections.abc import Iterator

from msgspec.structs import replace

from generator.serving.config_reader import Config, Model
from generator.serving.lint.any_server import any_server
from generator.serving.lint.finding import (
    PLATFORM_HINT,
    Finding,
    Severity,
    found_at,
    platform_key,
    platform_problem,
    refused_live,
)
from generator.serving.lint.wedge import Wedge


def live_server(config: Config, applied: Config | None) -> Iterator[Finding]:
    """Yield what a live server refuses, or waits for without end; it may run any list."""
    if config.form != "model_config_list":
        yield from _no_list(config, empty=applied is not None and applied.form is None)
    before = applied.by_name if applied else {}
    for model in config.models:
        known = None if applied is None else model.name in before
        if problem := platform_problem(model):
            yield _platform_refused(model, problem, known=known)
        if model.versions == ():
            yield _nothing_listed(model, known=known)


def _no_list(config: Config, *, empty: bool) -> Iterator[Finding]:
    """Yield what a server makes of a file without a list, when it runs an *empty* file or not."""
    if config.form is None and not empty:
        problem = "it lists nothing, and a list never becomes an empty file"
        yield refused_live(problem, "write `model_config_list {}` to unload every model")
    if config.form is not None:
        problem, hint = "a list never becomes a custom_model_config", "write a model_config_list"
        finding = refused_live(problem, hint)
        crash = "a live server that runs an empty file crashes: nothing reads custom_model_config"
        yield replace(finding, text=crash) if empty else finding


def _platform_refused(model: Model, problem: str, *, known: bool | None) -> Finding:
    """Return what a live server does that has the model (*known*), has it not, or may have it."""
    then, hint = ", and keeps what it has", PLATFORM_HINT
    if not known:
        if_new = "" if known is False else ", if the model is new to it"
        if len(model.platforms) == 1:
            then = f"{if_new}, and from then on the corrected file too ({Wedge.W2})"
            hint += "; where it has been read, leave the model out for one poll, then add it"
        else:
            then = f"{if_new}, and from then on every other file until it is restarted "
            then += f"({Wedge.W1})"
            hint += "; where it has been read, restart the pods"
    text = f"a live server refuses the whole file at every poll{then}: {problem}"
    return found_at(Severity.REFUSED_LIVE, model, platform_key(model), text, hint)


def _nothing_listed(model: Model, *, known: bool | None) -> Finding:
    waits = f"waits for a version of model {model.name!r}, and reads no later file ({Wedge.W3})"
    unloads = f"unloads model {model.name!r}"
    texts = {
        True: f"a live server {unloads}",
        False: f"a live server {waits}",
        None: f"a live server {unloads}; one that does not have it {waits}",
    }
    severity = Severity.REFUSED_LIVE if known is False else Severity.WARNING
    text, hint = f"{texts[known]}: `specific {{}}`", "pin a version, or leave the model out"
    return found_at(severity, model, "model_version_policy", text, hint)


def compared_with(config: Config, applied: Config) -> Iterator[Finding]:
    """Yield what follows from the difference between two files."""
    if any(one.severity is Severity.REFUSED_FRESH for one in any_server(applied)):
        text = "a fresh server does not start from the applied file either: pods may differ already"
        yield Finding(Severity.WARNING, text, "compare with what the pods really serve")
    if applied.form is None and config.models:
        text = f"a live server that runs an empty file must load all of its first list ({Wedge.W6})"
        yield Finding(Severity.WARNING, text, "apply `model_config_list {}` first")
    for model in applied.models:
        if len(model.platforms) != 1:
            problem = f"the applied file has model {model.name!r} without one platform "
            problem += f"({Wedge.W1})"
            yield refused_live(problem, "restart the pods with a correct file", model.name)
    before, now = applied.by_name, config.by_name
    gone = {old.base_path.rstrip("/"): old for old in before.values() if old.name not in now}
    for model in config.models:
        if old := before.get(model.name):
            yield from _changed(model, old)
            yield from _moved_labels(model, old)
        else:
            yield _added(model, gone.get(model.base_path.rstrip("/")))


def _added(model: Model, renamed: Model | None) -> Finding:
    if renamed:
        text = (
            f"model {renamed.name!r} becomes {model.name!r}: a live server unloads the one before "
            "it loads the other, so neither answers meanwhile"
        )
        hint = f"list both first, and take {renamed.name!r} out when {model.name!r} answers"
        return found_at(Severity.WARNING, model, "name", text, hint)
    text = (
        f"model {model.name!r} is new: a live server waits for its first version, and reads no "
        f"later file, while {model.base_path!r} has none ({Wedge.W3}); that cannot be known here"
    )
    return found_at(Severity.WARNING, model, "base_path", text, "see that the data is there first")


def _changed(model: Model, old: Model) -> Iterator[Finding]:
    if len(old.platforms) == 1 and not platform_problem(model) and old.platforms != model.platforms:
        problem = (
            f"the platform of model {model.name!r} changes from {old.platforms[0]!r} to "
            f"{model.platforms[0]!r}"
        )
        hint = "leave the model out for one poll, then add it (an outage), or restart the pods"
        position = model.positions.get(platform_key(model))
        yield refused_live(problem, hint, model.name, position)
    lasting = model.versions is None or old.versions is None
    shared = sorted(set(model.versions or ()) & set(old.versions or ()))
    if model.base_path.rstrip("/") != old.base_path.rstrip("/") and (shared or lasting):
        which = f"versions {shared}" if shared else "versions that it has"
        text = (
            f"the base path of model {model.name!r} changes: a live server goes on with {which} "
            "from the old path, a fresh one loads them from the new: pods diverge"
        )
        hint = "give the data at the new path new version numbers, or the model a new name"
        yield found_at(Severity.WARNING, model, "base_path", text, hint)
    if model.versions and old.versions and not shared:
        text = (
            f"all versions of model {model.name!r} are replaced in one step: if the new ones fail "
            f"to load, every way back to {sorted(old.versions)} waits for ever ({Wedge.W7})"
        )
        hint = "add the new beside the old, and drop the old when the new are AVAILABLE"
        yield found_at(Severity.WARNING, model, "model_version_policy", text, hint)


def _moved_labels(model: Model, old: Model) -> Iterator[Finding]:
    for label, to in model.labels.items():
        at = old.labels.get(label, to)
        if at == to:
            continue
        move = f"label {label!r} of model {model.name!r} moves from {at} to {to}"
        position = model.positions[f"label {label}"]
        safely = f"keep the label on {at} and add version {to} beside it; move the label when {to} "
        safely += f"is AVAILABLE on every pod, and drop {at} a step later"
        if old.versions is None:
            text = f"a live server takes it only if it has loaded version {to}: {move}; with the "
            text += f"policy `{old.policy}` that cannot be known here"
            yield Finding(Severity.WARNING, text, safely, model.name, position)
        elif to not in old.versions:
            yield refused_live(f"{move}, which it has not loaded", safely, model.name, position)
        elif model.versions is not None and at not in model.versions and at in old.versions:
            text = f"{move}, and version {at} goes in the same file: a revert is then refused"
            hint = f"drop version {at} a step after its label has moved"
            yield Finding(Severity.WARNING, text, hint, model.name, position)
