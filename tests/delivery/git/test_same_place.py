"""Whether two addresses of repositories are those of one."""

from pathlib import Path

import pytest

from generator.delivery.git.same_place import is_same_place

ROOT = Path("/srv/fleet")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://github.com/acme/fleet.git", "https://github.com/acme/fleet"),
        ("https://me:secret@github.com/acme/fleet", "https://github.com/acme/fleet.git"),
        ("git@github.com:acme/fleet.git", "https://github.com/acme/fleet.git"),
        ("ssh://git@ssh.github.com:443/acme/fleet.git", "https://GitHub.com/acme/fleet/"),
        ("../origin.git", "/srv/origin.git"),
        ("file:///srv/origin.git", "../origin.git"),
        ("file:///srv/a%20b.git", "/srv/a b.git"),
    ],
)
def test_one_repository_has_many_spellings(one: str, other: str) -> None:
    """People clone over ssh what an environment names over https, or by another path."""
    assert is_same_place(one, ROOT, other, ROOT)
    assert is_same_place(other, ROOT, one, ROOT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://github.com/acme/fleet.git", "https://github.com/me/fleet.git"),
        ("https://github.com/acme/fleet.git", "https://gitlab.com/acme/fleet.git"),
        ("/srv/origin.git", "/srv/origin"),
        ("git@github.com:acme/fleet.git", "github.com/acme/fleet.git"),
        ("https://[broken/acme/fleet.git", "https://github.com/acme/fleet.git"),
    ],
)
def test_another_repository_is_another(one: str, other: str) -> None:
    """Of a fork, too, and of what is no address at all."""
    assert not is_same_place(one, ROOT, other, ROOT)
    assert not is_same_place(other, ROOT, one, ROOT)


def test_a_path_is_from_where_it_is_written() -> None:
    """The remote of a checkout from its top, that of an environment from the project folder."""
    assert is_same_place("../origin.git", ROOT, "../../origin.git", ROOT / "project")
