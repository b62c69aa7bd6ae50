"""The dashboard of an environment: its values, and its text within what a forge takes."""

from datetime import timedelta

from msgspec.structs import replace

from generator.catalog.hold import Code, Held
from generator.delivery.keep_issue import marker_of
from generator.errors import GuardError, PublishError, Refusal
from generator.lock.asked import Kind
from generator.lock.changes import Change
from generator.lock.lock import Lock
from generator.lock.notes import Pending
from generator.plan.plan import Deferred, Plan
from generator.render.templates import Templates
from generator.status.dashboard.board import board
from generator.status.dashboard.boxes import Box, allowance, ticked
from generator.status.dashboard.text import LENGTH, dashboard_markdown
from generator.status.site.fleet import Fleet
from tests.kit.overviews import overview, served
from tests.kit.strategies import MOMENT

MARKER = "<!-- marker -->"


def hold(model, version, code=Code.ETAG_MISMATCH, due=None, problem="line 1: another"):
    """Return a hold of one version."""
    return Held(
        index=f"index-{model}.csv",
        code=code,
        problems=(problem,),
        base_path=model,
        model=model,
        version=version,
        due=due,
    )


def text(one, *others, errors=()):
    """Return the text of *one* among *others*."""
    found = {it.name: it for it in (one, *others)} | dict(errors)
    return dashboard_markdown(board(Fleet(MOMENT, found), one), Templates(), MARKER)


def test_an_environment_with_nothing_to_tell_says_so_in_one_line():
    """With how much it serves."""
    told = text(overview("prod", served("a", 1)))

    assert "**`prod` serves 1 model**: nothing waits, nothing is held, and nothing differs." in told
    assert "###" not in told
    assert told.endswith(f"\n\n{MARKER}\n")


def test_it_tells_what_waits_what_is_held_and_what_differs():
    """Each with its reason, its time, and the next step."""
    due = MOMENT + timedelta(hours=1)
    steps = (Deferred("a", (2,), (), due, "servers load 2 first"),)
    pending = (Pending("a", (2,), ()),)
    holds = (hold("b", 3), hold("c", 4, Code.WAITING, due))
    one = overview("prod", served("a", 1, 2), held=holds, pending=pending)
    one = one.planned(Plan("prod", one.lock, held=holds, deferred=steps))

    told = text(one, overview("dev", served("a", 2)), errors={"far": PublishError("elsewhere")})

    assert "| a | will serve 2 | from 2026" in told
    assert "servers load 2 first |" in told
    assert "| c | version 4 waits | until 2026" in told
    assert "| b | 3 | etag\\-mismatch | line 1: another | " in told
    assert "| model | prod | dev |" in told
    assert "| a | 1,2 | 2 |" in told
    assert "- far: elsewhere" in told
    assert "nothing waits" not in told


def test_what_a_guard_refuses_stands_first_with_the_way_out():
    """Nobody needs the log for it."""
    one = overview("prod", served("a", 1))
    error = GuardError(Refusal.REMOVALS, ["this would remove 2:", "  - a"], hint="run X")
    told = text(one.planned(Plan.refusing("prod", one.lock, error)))

    assert told.index("### Refused") < told.index("- this would remove 2:") < told.index("run X")


def test_the_same_state_is_the_same_text_at_another_time():
    """Else each sync would write it, and notify people."""
    one = overview("prod", served("a", 1), held=(hold("b", 3),))
    later = Fleet(MOMENT + timedelta(hours=5), {"prod": one})

    assert text(one) == dashboard_markdown(board(later, one), Templates(), MARKER)


def test_two_thousand_holds_fit_and_what_is_left_out_is_counted():
    """A forge refuses a text of more than 65,536 characters."""
    one = overview("prod", held=tuple(hold(f"m{number}", 1) for number in range(2000)))

    told = text(one)

    assert len(told) <= LENGTH + len(MARKER) + 3
    shown = told.count("etag\\-mismatch")
    assert f"… and {2000 - shown} more" in told
    assert shown > 100


def test_what_others_wrote_neither_mentions_nor_links_nor_starts_a_line():
    """A box that nobody offered, a heading, a picture: all of it is text in its cell."""
    evil = "x\n- [x] <!-- tfs-gitops allow --> @all #1 <img> [a](http://e) | `b`"
    told = text(overview("prod", held=(hold("b", 1, problem=evil),)))

    [line] = [it for it in told.splitlines() if "img" in it]
    assert line.startswith("| b | 1 | etag")
    assert "@all" not in line
    assert "<img" not in line.replace("\\<img", "")
    assert "](http" not in line


def test_a_marker_is_of_one_environment_folder_and_branch_and_ends_where_it_should():
    """Two projects of one repository do not write into each other's."""
    one = overview("prod").environment
    there = replace(one, delivery=replace(one.delivery, path="fleet", branch="next--> x"))

    assert marker_of(one) == "<!-- tfs-gitops dashboard prod / -->"
    assert marker_of(there) == "<!-- tfs-gitops dashboard prod fleet next--%3E%20x -->"


def test_a_tick_is_read_where_a_box_stands_and_names_a_model():
    """A person who may write the text may write anything: it gets into comments and commits."""
    body = """
- [x] <!-- tfs-gitops retake a --> retake `a`
- [X] <!-- tfs-gitops allow 0123 --> allow this removal
- [ ] <!-- tfs-gitops retake b -->
  - [x] <!-- tfs-gitops retake c -->
| - [x] <!-- tfs-gitops retake d --> |
- [x] <!-- tfs-gitops retake `@all -->
- [x] <!-- tfs-gitops retake a b -->
- [x] <!-- tfs-gitops delete e -->
"""

    assert ticked(body) == {Box(Kind.RETAKE, "a"), Box(Kind.ALLOW, "0123")}


def test_a_removal_is_allowed_for_just_what_goes():
    """Other models, other versions or another reason are another box."""
    lock = Lock("prod", "s3://models")

    def refused(*models, code=Refusal.REMOVALS, problem="no"):
        gone = tuple(Change(one.name, one, None, ()) for one in models)
        return allowance(Plan("prod", lock, changes=gone, refused=GuardError(code, [problem])))

    boxes = [
        refused(served("a", 1)),
        refused(served("a", 2)),
        refused(served("a", 1), served("b", 1)),
        refused(served("a", 1), code=Refusal.EMPTY_STORE),
        # What goes in a later step, or after a freeze, is in the refusal alone.
        refused(problem="  - a"),
        refused(problem="  - b"),
    ]
    assert len(set(boxes)) == len(boxes)
    assert refused(served("b", 1), served("a", 1)) == boxes[2]
    assert refused(served("a", 1), code=Refusal.OTHER_STORE) is None
