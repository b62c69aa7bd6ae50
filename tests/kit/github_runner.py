"""The runner of GitHub Actions, as far as it reads what a step writes."""

import re

from generator.catalog.hold import Code, Held
from generator.cli.results import Result
from generator.delivery.outcome import Outcome
from generator.lock.lock import Lock
from generator.plan.plan import Plan

HOSTILE = "x\r\n::add-mask::y\n ::stop-commands::z ##[set-env name=A]b %0A::error::c,d:e"


# The commands of the runner that matter here; it takes no others.
COMMANDS = {"add-mask", "add-matcher", "error", "notice", "set-env", "stop-commands", "warning"}


def plan(*, held=(), warnings=(), degraded=(), changed=False, name="prod") -> Plan:
    """Return a plan with nothing in it but what is given."""
    made = Plan(
        name,
        Lock(name, "s3://models"),
        held=tuple(held),
        warnings=tuple(warnings),
        degraded=tuple(degraded),
    )
    return made.against({"out/models.config": b"x"}, {}) if changed else made


def synced(name="prod", commit=None, pull_request=None, notices=(), **parts) -> Result:
    """Return the result of a sync that ended well."""
    outcome = Outcome(plan(name=name, **parts), {}, commit, pull_request, notices)
    return Result(environment=name, outcome=outcome, branch="main")


def failed(error, name="prod") -> Result:
    """Return the result of one that did not."""
    return Result(environment=name, exit_code=error.exit_code, error=error)


def hold(number=1, code=Code.ETAG_MISMATCH, problem="line 4: it is another", model="bert") -> Held:
    """Return one reason."""
    return Held(index="index-1.csv", code=code, problems=(problem,), model=model, version=number)


def obeyed(text):
    """Return the commands that the runner finds in *text*, as actions/runner's parser does."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        second = re.match(r"::([^: ]*)(?: (.*?))?::(.*)", line.lstrip())
        if second and second[1] in COMMANDS:
            found.append((second[1], properties(second[2] or ""), unescaped(second[3])))
            continue
        first = re.search(r"##\[([^\] ]*)[^\]]*\]", line)
        if first and first[1] in COMMANDS:
            found.append((first[1], {}, ""))
    return found


def properties(text):
    """Return the properties of a command."""
    pairs = [pair.split("=", 1) for pair in text.split(",") if "=" in pair]
    return {key: unescaped(value, ":%3A", ",%2C") for key, value in pairs}


def unescaped(text, *more):
    """Return what the runner makes of escaped text."""
    for pair in ("\r%0D", "\n%0A", *more, "%%25"):
        text = text.replace(pair[1:], pair[0])
    return text


def assigned(text):
    """Return the outputs that the runner reads from a file."""
    lines = iter(re.split(r"\r\n|\n", text))
    found = {}
    for line in lines:
        if not line:
            continue
        name, mark = line.split("<<", 1)
        value = []
        while (part := next(lines)) != mark:
            value.append(part)
        found[name] = "\n".join(value)
    return found
