"""The models that a round asks a server for."""

from generator.agent.decide import config as configs
from generator.agent.decide.load_history import Refused
from generator.agent.decide.survey import AT_REST, COMES_TO_REST, Survey
from generator.serving.reported import ServerModel, Unanswered
from tests.kit.agent_steps import entry, reports

MANY = {f"m{number:04}": entry(1, stable=1) for number in range(1000)}
RIGHT = reports({"stable": 1}, v1="AVAILABLE")
REST = COMES_TO_REST


class Looks:
    """Looks at a server that says *says* of each model, or what it is told to say."""

    def __init__(self, says=RIGHT, at_rest=100):
        self.says, self.odd = says, {}
        self.survey = Survey(at_rest=at_rest)

    def take(self, now, wanted=MANY, served=MANY, silence=None):
        """Look once; return the models asked for, and what is known then."""
        questions = configs.questions([wanted, served])
        poll = self.survey.poll(questions, wanted, served, now)
        asked = [it.model for it in poll.asked]
        said = {it: self.odd.get(it, self.says) for it in asked}
        self.survey, known = poll.after(said if silence is None else silence)
        return asked, known


def rested():
    """Return looks at a server at rest, at the time 2 * REST."""
    looks = Looks()
    for now in (0.0, REST):
        looks.take(now)
    return looks


def test_a_fleet_that_one_round_can_ask_for_is_asked_for_as_a_whole():
    """Whatever is at rest: no answer is older than a round."""
    few = {name: MANY[name] for name in [*MANY][:AT_REST]}
    looks = Looks(at_rest=AT_REST)
    for now in (0.0, REST, 2 * REST):
        assert {*looks.take(now, few, few)[0]} == {*few}


def test_models_at_rest_take_turns_and_each_round_knows_of_all():
    """Each is asked for as often as any other."""
    looks, seen = rested(), []
    for turn in range(10):
        asked, known = looks.take(2 * REST + turn)
        assert len(asked) == 100
        assert known == dict.fromkeys(MANY, RIGHT)
        seen += asked
    assert sorted(seen) == sorted(MANY)


def test_a_model_that_moves_is_asked_for_in_each_round():
    """While Git, file and server differ on it in anything, and a minute more."""
    looks, new = rested(), MANY | {"m0999": entry(2, stable=2)}
    now = 2 * REST
    for served in (MANY, new):
        for _ in range(3):
            asked, _ = looks.take(now, new, served)
            assert (asked[0], len(asked)) == ("m0999", 101)
    looks.odd["m0999"] = reports({"stable": 2}, v1="END", v2="AVAILABLE")
    for later in (0, 1, REST - 1):
        assert looks.take(now + later, new, new)[0][0] == "m0999"
    assert looks.take(now + REST, new, new)[0][0] != "m0999"


def test_a_model_that_is_not_as_it_should_be_never_comes_to_rest():
    """It loads, has failed, has a label elsewhere, or nobody has said."""
    for odd in (
        reports({"stable": 1}, v1="AVAILABLE", v2="LOADING"),
        reports({"stable": 1}, v1="AVAILABLE", v2="failed"),
        reports(v1="AVAILABLE"),
        ServerModel(),
        Unanswered("no answer in time"),
    ):
        looks = Looks()
        looks.odd["m0500"] = odd
        for now in (0.0, REST, 2 * REST, 3 * REST):
            asked, known = looks.take(now)
            assert "m0500" in asked
            assert known["m0500"] == odd


def test_after_silence_all_are_asked_for_anew():
    """It may have started again: what it said before is of another start."""
    for silence in (Refused("refused"), Unanswered("no answer in time")):
        looks = rested()
        assert looks.take(2 * REST, silence=silence)[1] is silence
        assert {*looks.take(2 * REST + 1)[0]} == {*MANY}


def test_a_question_with_other_labels_is_another_question():
    """What was said of the labels before says nothing of these."""
    looks = rested()
    more = MANY | {"m0999": entry(1, stable=1, canary=1)}
    looks.take(2 * REST, more, more)
    assert "m0999" in looks.take(2 * REST + 1)[0]
