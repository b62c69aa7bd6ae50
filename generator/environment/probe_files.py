"""The probe files that rules name: read, checked, and put into the rules."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from generator.environment.environment import NamedProbe, Rule
from generator.environment.yaml_document import KeyPath
from generator.errors import InvalidInputError
from generator.serving.probe.policy_probe import PolicyProbe
from generator.text.entry_name import is_unsafe
from generator.text.phrases import reason

ReadProbe = Callable[[str], PolicyProbe | None]
"""Returns the probe of a file by its path from the project's folder; None without such a file.

It may raise an OSError where it cannot read, an InvalidInputError, and a ValueError of its text."""


def read(
    rules: Sequence[Rule], read_probe: ReadProbe
) -> tuple[tuple[Rule, ...], list[tuple[KeyPath, str]]]:
    """Return *rules* with what their files say, and what is wrong with those that say nothing."""
    found: list[Rule] = []
    problems: list[tuple[KeyPath, str]] = []
    for number, rule in enumerate(rules):
        if rule.probe is None or rule.probe.is_off:
            found.append(rule)
            continue
        value = _value(rule.probe.file, read_probe)
        if isinstance(value, str):
            problems.append((("spec", "policy", number, "probe"), f"probe: {value}"))
        else:
            found.append(replace(rule, probe=NamedProbe(rule.probe.file, value)))
    return tuple(found), problems


def _value(file: str, read_probe: ReadProbe) -> PolicyProbe | str:
    """Return the probe in *file*, or why there is none."""
    if any(map(is_unsafe, file.split("/"))):
        return f"{file!r} is no path below the folder that has environments/"
    try:
        found = read_probe(file)
    except OSError as error:
        return f"{file}: cannot be read: {reason(error)}"
    except InvalidInputError as error:
        return "; ".join(str(problem) for problem in error.problems)
    except ValueError as error:
        return f"{file}: {error}"
    return found or f"{file}: no such file in the folder that has environments/"
