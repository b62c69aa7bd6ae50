"""Which version is asked when, and what becomes of its answers."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.agent.decide.load_history import Down
from generator.agent.decide.probe_history import Finding, ProbeHistory, ProbePauses
from generator.serving.agent_state import Answered, ProbeAnswer
from generator.serving.reported import Unanswered
from tests.kit.agent_steps import model, reports, revision

WANTED = revision(model("a", 1, 2), model("b", 1))
CONTENTS = WANTED.contents
KEYS = frozenset(CONTENTS)
LOADED = {"a": reports(v1="AVAILABLE", v2="AVAILABLE"), "b": reports(v1="AVAILABLE")}
YES, NO = ProbeAnswer(Answered.YES, "", 0.1), ProbeAnswer(Answered.NO, "7, expected 8", 0.1)
SILENT = ProbeAnswer(Answered.NOT_YET, "no answer in time")
PAUSES = ProbePauses()


def looked(known=None, reported=LOADED, now=0.0, contents=CONTENTS):
    """Return what is known after a look at the server."""
    return (known or ProbeHistory()).observe(KEYS, reported, contents, now)


def asked(known, now):
    """Ask all that is due; return it with what is known then."""
    due = known.due(now)
    return due, known.begin(due, now)


def heard(known, now, **answers):
    """Return what is known after answers, by `a1`."""
    findings = [Finding((key[0], int(key[1:])), now, answer) for key, answer in answers.items()]
    return known.heard(findings, now)


def all_right(now=0.0):
    """Return a history in which each version has answered well."""
    _, known = asked(looked(now=now), now)
    return heard(known, now, a1=YES, a2=YES, b1=YES)


def test_what_is_available_is_asked_once():
    """Not again while the request is under way, nor when it was answered."""
    due, known = asked(looked(), 0)
    assert set(due) == KEYS
    assert known.due(1) == ()
    known = heard(known, 1, a1=YES, a2=NO, b1=ProbeAnswer(Answered.NO_PROBE, "none"))
    assert known.due(1) == ()
    probed = known.probed(1)
    assert [probed.is_proven(key) for key in sorted(KEYS)] == [True, False, True]
    assert probed.wrong(("a", 2)) == "7, expected 8"


def test_what_is_not_available_is_not_asked():
    """Nor what the config does not name, or the lock does not: nobody knows its files."""
    loading = {"a": reports(v1="LOADING", v2="failed"), "b": reports()}
    assert looked(reported=loading).due(0) == ()
    assert ProbeHistory().observe(frozenset(), LOADED, CONTENTS, 0).due(0) == ()
    assert looked(contents={}).due(0) == ()


def test_after_silence_it_is_asked_again_with_pauses_that_grow():
    """Two seconds, four, eight, and never more than thirty."""
    now, gaps = 0.0, []
    _, known = asked(looked(), now)
    for _ in range(7):
        known = heard(known, now, a1=SILENT)
        ended = now
        while ("a", 1) not in known.due(now):
            now += 1
        gaps.append(now - ended)
        _, known = asked(known, now)
    assert gaps == [2, 4, 8, 16, 30, 30, 30]


def test_a_pod_does_not_wait_for_ever_for_an_answer():
    """It is overdue after ten minutes of silence; no label moves to it even then."""
    _, known = asked(looked(), 0)
    known = heard(known, 1, a1=SILENT)
    for now, is_awaited in ((599, True), (600, False)):
        probed = known.probed(now)
        assert probed.is_awaited(("a", 1)) is is_awaited
        assert not probed.is_proven(("a", 1))
        assert "no answer" in probed.doing(("a", 1))


def test_silence_takes_back_no_answer():
    """What answered well is not doubted because the server had no time."""
    known = all_right()
    due, known = asked(known, 60)
    assert len(due) == 1
    (name, number) = due[0]
    known = heard(known, 61, **{f"{name}{number}": SILENT})
    assert known.probed(61).is_proven(due[0])


def test_a_server_that_is_gone_is_asked_anew():
    """Nobody listens, or the version was not loaded meanwhile: its answer was another's."""
    for gone in (Down("refused"), {"a": reports(v1="LOADING"), "b": reports()}):
        known = looked(looked(all_right(), gone, 10), LOADED, 20)
        assert set(known.due(20)) == KEYS


def test_nonsense_of_a_server_is_no_reason_to_forget():
    """Neither about all models nor about one."""
    for odd in (Unanswered("nonsense"), {**LOADED, "a": Unanswered("nonsense")}):
        assert looked(all_right(), odd, 10).due(10) == ()


def test_what_serves_on_after_the_lock_names_it_no_more_keeps_its_answer():
    """Until another version has taken its place; its times show what that costs."""
    later = {key: it for key, it in CONTENTS.items() if key != ("a", 1)}
    known = looked(all_right(), LOADED, 10, later)
    assert known.probed(10).answers["a", 1] == YES
    assert known.due(10) == ()
    gone = known.observe(KEYS - {("a", 1)}, LOADED, later, 20)
    assert ("a", 1) not in gone.probed(20).answers


def test_other_data_is_asked_anew():
    """The lock names other objects under the same number."""
    key, content = ("a", 1), CONTENTS["a", 1]
    other = replace(content, version=replace(content.version, digest="sha256:" + 64 * "7"))
    known = looked(all_right(), LOADED, 10, {**CONTENTS, key: other})
    assert known.due(10) == (key,)


def test_an_answer_of_before_the_restart_counts_for_nothing():
    """It was asked of another process, and came late."""
    _, known = asked(looked(now=5), 5)
    known = looked(looked(known, Down("refused"), 10), LOADED, 20)
    _, known = asked(known, 20)
    late = known.heard([Finding(("a", 1), 5, YES)], 21)
    assert not late.probed(21).is_proven(("a", 1))


def test_each_has_its_turn_now_and_then():
    """One a minute, and one in five seconds while another loads; the times are kept apart."""
    known, turns = all_right(), []
    for now in range(1, 181):
        due, known = asked(known, now)
        turns += due
        for name, number in due:
            known = heard(known, now, **{f"{name}{number}": YES})
    assert set(turns) == KEYS
    assert len(turns) == 3
    loading = {**LOADED, "b": reports(v1="AVAILABLE", v2="LOADING")}
    known = looked(known, loading, 200)
    due, known = asked(known, 200)
    known = heard(known, 201, **{f"{due[0][0]}{due[0][1]}": replace(YES, seconds=0.5)})
    answer = known.probed(201).answers[due[0]]
    assert (answer.seconds, answer.under_load) == (0.1, 0.5)
    assert known.due(204) == ()
    assert len(known.due(205)) == 1


def test_a_wrong_answer_is_asked_for_again_in_a_minute():
    """A version that was mended, or was only out of order, comes back by itself."""
    _, known = asked(looked(), 0)
    known = heard(known, 0, a1=NO, a2=YES, b1=YES)
    assert ("a", 1) not in known.due(59)
    due, known = asked(known, 60)
    assert ("a", 1) in due
    assert heard(known, 61, a1=YES).probed(61).is_proven(("a", 1))


@given(st.lists(st.sampled_from(["look", "down", "ask", "yes", "no", "silent"]), max_size=30))
def test_only_an_answer_of_this_process_proves_or_refutes(events):
    """Whatever happens in which order; two requests to one version are never under way."""
    known, now, answers = looked(), 0.0, dict.fromkeys(KEYS, Answered.NOT_YET)
    for event in events:
        now += 7
        match event:
            case "look":
                known = looked(known, LOADED, now)
                answers = {key: answers.get(key, Answered.NOT_YET) for key in KEYS}
            case "down":
                known, answers = looked(known, Down("refused"), now), {}
            case "ask":
                busy = {key for key, it in known.versions.items() if it.is_under_way}
                due, known = asked(known, now)
                assert not busy & {*due}
            case _:
                answer = {"yes": YES, "no": NO, "silent": SILENT}[event]
                busy = [key for key, it in known.versions.items() if it.is_under_way]
                known = known.heard([Finding(key, now, answer) for key in KEYS], now)
                for key in busy:
                    if answer is not SILENT:
                        answers[key] = answer.answered
        found = {key: it.answered for key, it in known.probed(now).answers.items()}
        assert found == answers
