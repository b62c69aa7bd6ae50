"""The survey of a server: what it said of each model, and of which models it is asked next.

TensorFlow Serving has no call that tells of all models, so a round asks for each, and for each
label. Of thousands that takes longer than a round should. So the models at rest take turns: what
moves is asked for in each round, and little is asked when nothing does. After silence all are
asked for anew, since the server may have started again.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide.config import Config, Entry
from generator.agent.decide.load_history import Reported
from generator.serving.reported import LoadState, Question, ServerModel, Unanswered

AT_REST = 500
"""Models at rest that a round asks for: with fewer, each round asks for all."""

COMES_TO_REST = 60.0
"""Seconds for which a model that is as it should be still counts as one that moves.

A server reads its file each few seconds, and may act late on one that was there before.
"""

_STILL = {LoadState.AVAILABLE, LoadState.END}


class Said(Struct, frozen=True):
    """The last answer of a server for one model."""

    model: ServerModel
    right_since: float | None
    """Since when file, Git and server agree on it; None if they do not."""


class Survey(Struct, frozen=True):
    """The answers of a server, the oldest first; a new value for each look."""

    answers: Mapping[Question, Said] = field(default_factory=dict)
    at_rest: int = AT_REST

    def poll(
        self, questions: Sequence[Question], wanted: Config, served: Config, now: float
    ) -> "Poll":
        """Return the poll to make now, at what *served* has and what is *wanted*."""
        agreed = {it: entry for it, entry in wanted.items() if served.get(it) == entry}
        waiting = {it for it in questions if self._is_at_rest(it, agreed, now)}
        turns = [it for it in self.answers if it in waiting][: self.at_rest]
        asked = [*(it for it in questions if it not in waiting), *turns]
        return Poll(self, questions, asked, agreed, now)

    def _is_at_rest(self, question: Question, agreed: Config, now: float) -> bool:
        said, entry = self.answers.get(question), agreed.get(question.model)
        if said is None or said.right_since is None or entry is None:
            return False
        return now - said.right_since >= COMES_TO_REST and _is_right(said.model, entry)


class Poll(Struct, frozen=True):
    """One poll of a server: it is asked what is *asked*, and *questions* get an answer each."""

    survey: Survey
    questions: Sequence[Question]
    asked: Sequence[Question]
    agreed: Config
    """The entries that the file has as they are wanted."""
    now: float

    def after(self, reported: Reported) -> tuple[Survey, Reported]:
        """Return what is known after the server *reported* of what was asked: of all questions.

        A server that is silent has said nothing of any model.
        """
        if isinstance(reported, Unanswered):
            return replace(self.survey, answers={}), reported
        before, asked, current = self.survey.answers, {*self.asked}, {*self.questions}
        answers = {it: said for it, said in before.items() if it in current and it not in asked}
        whole = {it.model: said.model for it, said in answers.items()} | dict(reported)
        for question in self.asked:
            if isinstance(model := reported.get(question.model), ServerModel):
                answers[question] = self._said(question, model)
        return replace(self.survey, answers=answers), whole

    def _said(self, question: Question, model: ServerModel) -> Said:
        entry, before = self.agreed.get(question.model), self.survey.answers.get(question)
        if before is not None and before.model == model:
            model = before.model  # one value, for as long as it is the same
        if entry is None or not _is_right(model, entry):
            return Said(model, None)
        since = None if before is None else before.right_since
        return Said(model, self.now if since is None else since)


def _is_right(said: ServerModel, entry: Entry) -> bool:
    """Whether a server has what *entry* says of a model, and nothing of it is on its way."""
    moves = any(it.state not in _STILL or it.is_failed for it in said.versions.values())
    serves, state = said.serves, entry.state
    has = serves.versions, dict(serves.labels)
    return not moves and has == (state.versions, dict(state.labels))
