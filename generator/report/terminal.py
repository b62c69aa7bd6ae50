"""Catalogs and explanations as lines for a terminal."""

from generator.plan.naming import Named
from generator.report.explain import Explanation
from generator.report.holds import held_lines
from generator.report.line import Line, Tone
from generator.text.phrases import counted
from generator.text.timestamp import timestamp


def catalog_lines(environment: str, catalog: Named) -> list[Line]:
    """Return the catalog of an environment for a terminal."""
    counts = f"{len(catalog.versions)} proven, {len(catalog.held)} held"
    lines = [Line(f"{environment}: {counts}", Tone.HEADING)]
    lines += [
        Line(
            f"  {name} {version.version}: {counted(version.objects, 'object')}, "
            f"{counted(version.bytes, 'byte')}, published {timestamp(version.published)} "
            f"by {version.index.key}"
        )
        for name, version in catalog.versions
    ]
    lines += [Line(""), *held_lines(catalog.held, environment)] if catalog.held else []
    lines += [
        Line(f"warning: {item.code}: {item.message}", Tone.WARNING) for item in catalog.warnings
    ]
    return lines


def explanation_lines(explanation: Explanation) -> list[Line]:
    """Return the fates of a model's versions for a terminal."""
    paths = f" ({', '.join(explanation.base_paths)})" if explanation.is_known else ""
    lines = [Line(f"{explanation.environment}: {explanation.model}{paths}", Tone.HEADING)]
    lines += [Line(f"  {rule}") for rule in explanation.rules]
    for fate in explanation.fates:
        state = "wanted" if fate.is_wanted else "waits" if fate.is_waiting else "not chosen"
        now = ", served now" if fate.is_served else ""
        tone = Tone.ADD if fate.is_wanted else Tone.PLAIN
        lines.append(Line(f"  {fate.version}: {state}{now}", tone))
        lines += [Line(f"      {reason}") for reason in fate.reasons]
    lines += [Line(f"  ! {note}", Tone.HELD) for note in explanation.notes]
    return lines
