"""`generator.status.overview.table`: what a person sees of all environments at once."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.catalog.hold import Code, Held
from generator.delivery.pull_request import PullRequest, State
from generator.environment.freeze import Freeze
from generator.environment.serving import Autoscaling, ServerSpec
from generator.errors import GuardError, PublishError, Refusal, StoreError
from generator.lock.changes import Change, changes_between
from generator.lock.lock import Lock
from generator.lock.notes import Pending
from generator.plan.plan import Deferred, Plan
from generator.status.overview.past import Past
from generator.status.overview.proposal import Proposal
from generator.status.overview.table import overview_lines
from tests.kit.overviews import DAY, MINUTE, overview, served
from tests.kit.strategies import MOMENT, held_version


def table(*overviews, width=None):
    """Return the text of environments, as its lines."""
    return text({one.name: one for one in overviews}, width)


def text(found, width=None):
    """Return the lines without their tones."""
    return [line.text for line in overview_lines(found, MOMENT, width)]


def test_models_are_rows_and_environments_are_columns():
    """What each environment serves since when, and what is held for whom."""
    half = served("half", 1, 2, stable=1)
    dev = overview(
        "dev", served("kittens", 1), half, pending=[Pending("half", (2,), (("stable", 2),))],
        held=[held_version("kittens", 2), held_version("greeting", 1)],
    )  # fmt: skip
    waiting = replace(held_version("half", 2, Code.WAITING), due=MOMENT + DAY, version=2)
    prod = overview(
        "prod", served("half", 1), age=2 * DAY, held=[waiting, held_version("greeting", 1)]
    )

    assert table(dev, prod) == [
        "MODEL     DEV                              AGE  PROD         AGE  HELD",
        "greeting  -                                -    -            -    1 etag-mismatch",
        "half      1,2 stable=1 (2 stable=2 in 9m)  1m   1 (2 in 1d)  2d   -",
        "kittens   1                                1m   -            -    2 etag-mismatch (dev)",
        "",
        "ENVIRONMENT  CHANGED  COMMIT        IMAGE  PODS  NEXT SYNC",
        "dev          1m ago   0123456789ab  tf:1   2     no change",
        "prod         2d ago   0123456789ab  tf:1   2     no change",
    ]


def test_one_environment_has_a_column_for_each_thing():
    """There is room for it."""
    one = overview(
        "dev", served("half", 1, 2, stable=1), pending=[Pending("half", (2,))],
        held=[held_version("half", 3), held_version("half", 4, Code.MISSING_OBJECT)],
    )  # fmt: skip

    assert table(one)[:2] == [
        "MODEL  VERSIONS  LABELS    AGE  NEXT     HELD",
        "half   1,2       stable=1  1m   2 in 9m  3 etag-mismatch, 4 missing-object",
    ]


def test_a_step_whose_time_has_come_is_made_by_the_next_sync():
    """Also that of a model that goes."""
    late = overview("dev", served("a", 1), age=DAY, pending=[Pending("a", ())])

    assert table(late)[1] == "a      1         -       1d   goes with the next sync  -"


def test_without_the_store_a_freeze_and_a_window_put_off_a_step_that_settle_alone_would_let_out():
    """With when they end, and why: also of a step that is due long since."""
    pending = [Pending("a", (1, 2))]
    freeze = Freeze(("*",), MOMENT + 3 * DAY, "ann", "audit", "freeze.yaml:6")
    for age in (MINUTE, DAY):
        one = overview("dev", served("a", 1), age=age, pending=pending, plan=None)
        frozen = replace(one, environment=replace(one.environment, freezes=(freeze,)))
        over = replace(freeze, until=MOMENT + MINUTE)
        passed = replace(one, environment=replace(one.environment, freezes=(over,)))

        assert "1,2 in 3d" in table(frozen)[1]
        [step] = frozen.next_steps(MOMENT).values()
        assert (step.due, step.why) == (freeze.until, str(freeze))
        assert "1,2 in 9m" in table(passed)[1] if age is MINUTE else "1,2 in 1m" in table(passed)[1]


def test_a_step_is_the_one_that_the_next_sync_would_make():
    """The policy has another goal than the last sync had: after a rollback, the way back."""
    git = overview("dev", served("a", 1, 2), pending=[Pending("a", (2,))])
    lock, back = Lock("dev", "s3://models", git.lock.models), served("a", 1)
    later = Deferred("a", (1,), (), MOMENT + 5 * MINUTE, "")
    change = Change("a", served("a", 1, 2), back, ())

    waits = git.planned(Plan("dev", lock, deferred=(later,)))
    due = git.planned(Plan("dev", replace(lock, models=(back,)), changes=(change,)))
    stays = git.planned(Plan("dev", lock))
    refused = git.planned(replace(due.plan, refused=GuardError(Refusal.REMOVALS, "no")))

    assert table(waits)[1] == "a      1,2       -       1m   1 in 5m  -"
    assert table(due)[1] == "a      1,2       -       1m   1 with the next sync  -"
    assert table(stays)[1] == "a      1,2       -       1m   -     -"
    assert table(refused)[1] == "a      1,2       -       1m   2 in 9m  -"


def test_what_nobody_asked_is_no_column():
    """An empty column would say that nothing is held, and that nothing changes."""
    unasked = overview("dev", served("a", 1), plan=None)

    assert table(unasked)[0] == "MODEL  VERSIONS  LABELS  AGE  NEXT"
    assert table(unasked, replace(unasked))[3].endswith("PODS")
    assert table(unasked, overview("prod", served("a", 1)))[4].endswith("  ?")


def test_an_environment_that_cannot_be_read_is_unknown_and_not_empty():
    """Nobody may take its column for nothing served."""
    dev = overview("dev", served("a", 1))
    lines = text({"dev": dev, "prod": PublishError("it is gone")})

    assert "a      1    1m   ?     ?    -" in lines
    assert "prod         ?        ?             ?      ?     ?" in lines
    assert text({"prod": PublishError("it is gone")}) == []


def test_an_age_beyond_what_was_read_is_a_bound():
    """Older than the oldest commit that was read; nothing is made up."""
    one = overview("dev", served("a", 1))
    old = replace(one, past=Past(reach=MOMENT - 9 * DAY))

    assert table(old)[1].split() == ["a", "1", "-", ">9d", "-", "-"]
    assert table(old)[4].split()[:3] == ["dev", ">9d", "ago"]


def request(**more):
    """Return a pull request that is open for two days."""
    open_one = PullRequest(
        12, "https://git.example/12", "t", "b", State.OPEN, "h", "main", opened=MOMENT - 2 * DAY
    )
    return replace(open_one, **more)


def test_the_way_back_is_told_with_the_request_that_was_closed_for_it_perhaps():
    """Only a sync looks whether it proposes the same: a status says what it knows."""
    one = overview("prod", served("half", 1))
    change = changes_between(Lock("prod", "s3://models"), one.lock, {})
    one = replace(one, plan=replace(one.plan, changes=change, goes_by="pull-request"))
    assert table(one)[-1].endswith("  1 model, back by pull request")
    closed = replace(one, closed=request(state=State.CLOSED))
    told = table(closed)
    assert any(
        it.endswith("back by pull request, unless it is the same as #12, which was closed")
        for it in told
    )
    assert told[-1] == (
        "prod: pull request #12 was closed without a merge: the same is not opened again: "
        "https://git.example/12"
    )


def proposed(one, model, found):
    """Return an environment with a proposal that changes *model*."""
    after = replace(one.lock, models=(model,))
    changes = changes_between(one.lock, after, {})
    return replace(one, proposal=Proposal("tfs-gitops/prod", changes, found, "" if found else "no"))


def test_a_pull_request_that_waits_is_told_with_its_age_and_beside_its_models():
    """Who asks why prod lags finds the review that it waits for."""
    one = proposed(overview("prod", served("a", 1)), served("a", 1, 2), request())

    assert table(one)[1].split("  ")[-2].strip() == "1,2 in #12"
    assert table(one)[-1] == (
        "prod: pull request #12 waits for review since 2d: https://git.example/12"
    )


def test_without_the_forge_the_branch_of_the_proposal_is_told():
    """Git has it; whether its pull request is open, only the forge knows."""
    one = proposed(overview("prod", served("a", 1)), served("a", 1, 2), None)

    assert "1,2 proposed" in table(one)[1]
    assert table(one)[-1] == ("prod: tfs-gitops/prod has a proposal; its pull request: unknown: no")


def test_a_problem_that_several_environments_share_is_told_once():
    """One store that does not answer is one thing to mend."""
    dev, prod = (
        overview(name, served("a", 1), plan=None).without("held", StoreError("no answer"))
        for name in ("dev", "prod")
    )

    assert table(dev, prod)[-1] == "dev, prod: held: unknown: no answer"


def test_an_index_that_is_held_as_a_whole_stands_below():
    """It belongs to no model."""
    held = Held(index="index-x.csv", code=Code.NOT_UTF8, problems=("line 1",))
    one = overview("dev", served("a", 1), held=[held])

    assert table(one)[-1] == "held: index-x.csv: not-utf8: the index is not UTF-8 text (dev)"


def test_autoscaling_has_a_range_of_pods():
    """Two numbers are a setting, one is a fact."""
    one = overview("dev", served("a", 1))
    serving = ServerSpec(image="tf:1", replicas=2, autoscaling=Autoscaling(max_replicas=8))

    assert " 2-8 " in table(replace(one, serving=serving))[-1]
    assert table(replace(one, serving=None))[-1].split()[-4:-2] == ["-", "-"]


def test_where_nothing_is_served_the_environments_are_still_told():
    """A fresh fleet."""
    assert table(overview("dev"))[0] == "no model is served"
    assert table(overview("dev"))[-1].split()[:2] == ["dev", "never"]


def test_a_name_that_a_person_put_into_the_lock_cannot_drive_a_terminal():
    """It is shown, and its column is as wide as what is shown."""
    lines = table(overview("dev", served("a\x1b[31m", 1)))

    assert lines[0].index("VERSIONS") == lines[1].index("1         -")
    assert lines[1].startswith("a\\x1b[31m  1")


@given(st.integers(1, 6), st.integers(20, 120))
def test_a_table_is_as_wide_as_the_terminal_or_has_one_environment(count, width):
    """And every environment is in one of the tables, with every model."""
    many = [overview(f"env-{number}", served("model", number)) for number in range(count)]
    lines = table(*many, width=width)
    heads = [line for line in lines if line.startswith("MODEL")]

    told = [word for head in heads for word in head.split() if word.startswith("ENV-")]
    assert told == ([one.name.upper() for one in many] if count > 1 else [])
    for head in heads:
        assert len(head) <= width or head.count("AGE") == 1
