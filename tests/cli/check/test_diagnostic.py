"""Diagnostics: each told once, at its place, with all that it is about."""

from generator.catalog.warned import Warned
from generator.cli.check.diagnostic import Diagnostic, Level, errors, merged, warning
from generator.cli.check.report import Checked, Kind, Report
from generator.errors import InvalidInputError, Place, Problem

BASE = Problem("batching is wrong", Place("environments/_base.yaml", 7, 3))
OWN = Problem("replicas is wrong", Place("environments/dev.yaml", 4, 1))


def found(problem: Problem, name: str, *, inherited: bool) -> Diagnostic:
    """Return an error about one environment."""
    heirs = (name,) if inherited else ()
    return Diagnostic(Level.ERROR, "invalid-environment", problem, "mend it", (name,), heirs)


def test_what_several_environments_inherit_is_told_once():
    """At the file that sets it, with the names of those that have it from there."""
    (one,) = merged(found(BASE, name, inherited=True) for name in ("prod", "dev"))
    (own,) = merged([found(OWN, "dev", inherited=False), found(OWN, "prod", inherited=True)])

    assert one.environments == ("dev", "prod")
    assert one.sentence == (
        "environments/_base.yaml:7:3: batching is wrong (inherited by dev, prod)"
    )
    assert own.environments == ("dev", "prod")
    assert own.sentence == f"{OWN} (inherited by prod)"


def test_a_sentence_stays_one_that_can_be_read():
    """A fleet of hundreds has a base; its names are in what machines read."""
    (one,) = merged(found(BASE, f"e{number:03}", inherited=True) for number in range(300))

    assert one.sentence.endswith("e006, e007 and 292 more)")
    assert len(one.environments) == 300


def test_what_differs_in_anything_is_told_each():
    """Two sentences at one place, and one sentence at two places."""
    problems = [OWN, Problem(OWN.text, Place("environments/dev.yaml", 5)), Problem("x", OWN.place)]

    assert len(merged(errors(InvalidInputError(problems), "x"))) == 3


def test_a_file_tells_what_no_file_before_it_has_told():
    """So each problem is read once, where it is met first."""
    both = [found(BASE, name, inherited=True) for name in ("dev", "prod")]
    also = warning(Warned("image-not-pinned", OWN))
    report = Report(
        (
            Checked("environments/dev.yaml", Kind.ENVIRONMENT, "dev", (both[0],)),
            Checked("environments/prod.yaml", Kind.ENVIRONMENT, "prod", (both[1], also)),
        )
    )

    told = [
        (checked.environment, [one.problem for one in new]) for checked, new in report.by_file()
    ]

    assert told == [("dev", [BASE]), ("prod", [OWN])]
    assert not any(one.is_ok for one in report.files)
    assert report.exit_code == 3


def test_a_warning_fails_no_check():
    """The file can be used."""
    one = warning(Warned("image-not-pinned", "x"))
    report = Report((Checked("environments/dev.yaml", Kind.ENVIRONMENT, "dev", (one,)),))

    assert one.level is Level.WARNING
    assert (report.exit_code, report.files[0].is_ok) == (0, True)


def test_a_file_that_is_checked_twice_is_there_once():
    """By its name and by its path; what it says of itself counts."""
    first = Checked("a.yaml", Kind.MODELS_CONFIG)

    assert Report.of([Report((first,)), Report((Checked("a.yaml", Kind.ENVIRONMENT),))]).files == (
        first,
    )


def test_a_renamed_report_names_every_file_anew():
    """Those that were checked, those of the places, and those of inherited keys."""
    one = Diagnostic(Level.ERROR, "x", OWN)
    inherited = {"environments/_base.yaml": ("source",)}
    checked = Checked("environments/dev.yaml", Kind.ENVIRONMENT, "dev", (one,), inherited=inherited)

    renamed = Report((checked,), (one,)).renamed(lambda file: f"fleet/{file}")

    [file] = renamed.files
    assert file.file == "fleet/environments/dev.yaml"
    assert file.inherited == {"fleet/environments/_base.yaml": ("source",)}
    assert {one.place for one in renamed.diagnostics} == {
        Place("fleet/environments/dev.yaml", 4, 1)
    }
