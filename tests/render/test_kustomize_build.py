"""The files that are tried are laid out in one folder, and nowhere else."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.render import kustomize_build


@given(
    st.lists(
        st.sampled_from(["..", ".", "a", "", "/", "\\", "x.yaml", "~"]), min_size=1, max_size=6
    ).map("/".join)
)
def test_nothing_is_laid_out_beside_the_folder(tmp_path_factory, path):
    """Whatever a path says, and whoever let it pass."""
    outer = tmp_path_factory.mktemp("outer")
    (outer / "inner").mkdir()
    before = set(outer.rglob("*"))

    with contextlib.suppress(OSError):
        kustomize_build.lay_out(outer / "inner", {path: b"data"})

    assert all(new.is_relative_to(outer / "inner") for new in set(outer.rglob("*")) - before)


def test_a_path_that_leads_out_is_not_written(tmp_path):
    """The last line of defence, below those above."""
    (tmp_path / "inner").mkdir()

    for path in ("../escaped", f"{tmp_path}/escaped", "a/../../escaped"):
        with pytest.raises(PermissionError, match="leads out"):
            kustomize_build.lay_out(tmp_path / "inner", {path: b""})

    assert not (tmp_path / "escaped").exists()
