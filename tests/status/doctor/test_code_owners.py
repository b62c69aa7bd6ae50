"""Code owners: who must approve a change, as forges read CODEOWNERS."""

import pytest

from generator.status.doctor.code_owners import owners


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "environments/prod.yaml", True),
        ("/environments/prod.yaml", "environments/prod.yaml", True),
        ("environments/prod.yaml", "environments/prod.yaml", True),
        ("prod.yaml", "environments/prod.yaml", True),
        ("/prod.yaml", "environments/prod.yaml", False),
        ("/environments/", "environments/prod.yaml", True),
        ("/environments", "environments/prod.yaml", True),
        ("environments/*", "environments/prod.yaml", True),
        ("/environments/*.yaml", "environments/prod.yaml", True),
        ("/*.yaml", "environments/prod.yaml", False),
        ("*.yaml", "environments/prod.yaml", True),
        ("/**/prod.yaml", "environments/prod.yaml", True),
        ("/environments/pro?.yaml", "environments/prod.yaml", True),
        ("/environments/dev.yaml", "environments/prod.yaml", False),
        ("/environment", "environments/prod.yaml", False),
        ("/a\\ b/", "a b/prod.yaml", True),
        ("/environments/**", "environments/prod.yaml", True),
        ("/environments/[p]rod.yaml", "environments/prod.yaml", False),
        ("/[x]/", "[x]/prod.yaml", True),
    ],
)
def test_a_pattern_matches_as_in_gitignore(pattern: str, path: str, *, matches: bool) -> None:
    """Anchored by a slash at its start or inside, else at any depth; a folder with all below."""
    assert owners(f"{pattern} @acme/leads\n", path) == (("@acme/leads",) if matches else ())


def test_the_last_line_that_matches_counts() -> None:
    """Also where it names nobody: then nobody is asked."""
    text = "* @acme/all\n/environments/ @acme/leads @ada\n/environments/dev.yaml\n"

    assert owners(text, "README.md") == ("@acme/all",)
    assert owners(text, "environments/prod.yaml") == ("@acme/leads", "@ada")
    assert owners(text, "environments/dev.yaml") == ()


def test_comments_and_sections_are_no_patterns() -> None:
    """Lines that `init` writes for a person to fill in have no effect until then."""
    text = "# /environments/prod.yaml @acme/leads\n[Models][2] @acme/all\n\n^[Optional] @ada\n"

    assert owners(text, "environments/prod.yaml") == ()
    assert owners("/environments/ @ada # and Bob", "environments/prod.yaml") == ("@ada",)


def test_no_pattern_takes_long() -> None:
    """Anybody may write one, and it is read where CI runs."""
    for pattern in (
        "*" * 60 + "x",
        "**/" * 60 + "x",
        "/**/a" * 20,
        "environments/" + "*a" * 30 + "x",
    ):
        assert owners(f"{pattern} @ada\n", "environments/" + "a" * 40 + ".yaml") == ()
