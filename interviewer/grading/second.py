"""Ask the judge beside the embedded grader: for one answer, or after a turn.

What the judge cannot be asked, or cannot answer, leaves the embedded grade, which
then says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from interviewer.errors import ModelError
from interviewer.grading.brief import Section
from interviewer.grading.combine import NAME, combine, unjudged
from interviewer.grading.intake import foreign, refusal, says_unknown
from interviewer.grading.judge import Judge
from interviewer.model import Answer, Graded, Question

if TYPE_CHECKING:
    from interviewer.llm import Bridge


class _Grader(Protocol):
    def grade(self, question: Question, answer: Answer) -> Graded: ...


def judgeable(answer: Answer) -> bool:
    """Whether there is anything in an answer for a judge to say.

    Another language is no hindrance; "I don't know" needs no judge.
    """
    refused = refusal(answer.text)
    if refused is None:
        return not says_unknown(answer.text)
    language = foreign(answer.text)
    return language is not None and f"({language})" in refused


async def second(
    judge: Judge, sections: Sequence[tuple[Section, Graded]], *, bank_hash: str | None = None
) -> tuple[Graded, ...]:
    """The grades with the judge's say, by one call for all; never raises ``ModelError``.

    Args:
        judge: Who is asked.
        sections: What was answered, each with its embedded grade.
        bank_hash: Recorded where no embedded grade tells it.
    """
    asked = [row for row, (section, _) in enumerate(sections) if judgeable(section.answer)]
    graded = [embedded for _, embedded in sections]
    if not asked:
        return tuple(graded)
    try:
        judgement = await judge.judge([sections[row][0] for row in asked])
    except ModelError as error:
        for row in asked:
            graded[row] = unjudged(graded[row], error, counted=row == asked[0])
        return tuple(graded)
    for row, judged in zip(asked, judgement.sections, strict=True):
        section, embedded = sections[row]
        graded[row] = combine(
            section.question,
            section.answer,
            embedded,
            judged,
            judgement,
            judge.prompts,
            bank_hash=bank_hash,
        )
    return tuple(graded)


class CombinedGrader:
    """Grades with the embedding model and the judge at the same time.

    Args:
        embedded: Grades on this machine.
        judge: Who is asked beside it.
        bridge: Runs the judge's calls.
        bank_hash: Recorded where no embedded grade tells it.
    """

    def __init__(
        self, embedded: _Grader, judge: Judge, bridge: Bridge, *, bank_hash: str | None = None
    ) -> None:
        """Keep the parts; nothing is asked yet."""
        self._embedded = embedded
        self._judge = judge
        self._bridge = bridge
        self._bank_hash = bank_hash

    @property
    def name(self) -> str:
        """Name and version."""
        return NAME

    def grade(self, question: Question, answer: Answer) -> Graded:
        """Grade an answer; without the judge the embedded grade stands and says so.

        Raises:
            EmbeddingError: The model cannot be loaded.
        """
        if not judgeable(answer):
            return self._embedded.grade(question, answer)
        section = Section("question", question, answer)
        asked = self._bridge.submit(self._judge.judge, [section])
        try:
            embedded = self._embedded.grade(question, answer)
        except BaseException:
            asked.cancel()
            raise
        try:
            judgement = asked.result()
        except ModelError as error:
            return unjudged(embedded, error)
        return combine(
            question,
            answer,
            embedded,
            judgement.sections[0],
            judgement,
            self._judge.prompts,
            bank_hash=self._bank_hash,
        )
