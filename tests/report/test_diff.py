"""The rendered files of a plan as a diff."""

import time

from hypothesis import given
from hypothesis import strategies as st

from generator.plan.plan import FileChange
from generator.report.diff import compared, unified

LINES = st.lists(st.sampled_from("aabbcdefghijkl"), max_size=14)


@given(LINES, LINES)
def test_a_diff_has_all_lines_of_both_files(old, new):
    """Without those that it adds it is the old file, and the new one without those it removes."""
    lines = list(compared(old, new))

    assert [line for tag, line in lines if tag != "+"] == old
    assert [line for tag, line in lines if tag != "-"] == new


@given(st.permutations([str(number) for number in range(9)]))
def test_a_diff_keeps_as_many_lines_as_can_stay(new):
    """What was moved is removed and added, and nothing else."""
    old = sorted(new)
    longest = [1] * len(new)
    for end in range(len(new)):
        fits = [longest[at] for at in range(end) if new[at] < new[end]]
        longest[end] = 1 + max(fits, default=0)

    kept = [line for tag, line in compared(old, new) if tag == " "]

    assert len(kept) == max(longest)


def test_a_diff_shows_only_what_is_near_a_difference():
    """With its place in both files; what moved is removed once and added once."""
    old = [str(number) for number in range(100)]
    new = [*old[:10], *old[11:50], "x", *old[50:90], old[10], *old[90:]]
    file = FileChange("o/models.config", "\n".join(old).encode(), "\n".join(new).encode())

    text = "\n".join(unified([file])).split("@@")

    assert text[1::2] == [" -8 +8 ", " -48 +47 ", " -88 +88 "]
    assert text[2] == "\n 7\n 8\n 9\n-10\n 11\n 12\n 13\n"
    assert text[6] == "\n 87\n 88\n 89\n+10\n 90\n 91\n 92"


def test_a_large_config_is_compared_at_once():
    """Some 40,000 lines, of which each model changes two, and one is new."""

    def config(version, models):
        block = '  config {{\n    name: "m{0:05}"\n    x {{\n      versions: {1}\n    }}\n  }}\n'
        return "".join(block.format(number, version) for number in models).encode()

    file = FileChange("o/models.config", config(1, range(1, 7000)), config(2, range(7000)))
    start = time.process_time()

    lines = unified([file])

    assert time.process_time() - start < 5
    assert lines.count("-      versions: 1") == 6999
    assert lines.count("+      versions: 2") == 7000
