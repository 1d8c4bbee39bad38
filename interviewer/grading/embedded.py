"""The embedded grader: no key, no network, one pass of a small encoder.

``measure`` looks for each point and each misconception in the answer; two logistic
regressions turn what it found into how far each point is missing, made or
contradicted and which misconceptions were said (``verdicts``); ``policy`` turns that
into a level.
Numbers are in ``weights``, fitted by ``evals/fit_embedded.py``. With an encoder the
reader was not trained on, recall and alignment decide alone.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from interviewer.bank import Bank
from interviewer.embedding import Encoder, Tokens
from interviewer.grading import policy
from interviewer.grading.feedback import compose
from interviewer.grading.focus import focus, mostly_denies, plain, recites_part
from interviewer.grading.intake import refusal, says_unknown
from interviewer.grading.measure import (
    Measured,
    Prepared,
    measure,
    prepare,
    reference_features,
)
from interviewer.grading.order import disordered
from interviewer.grading.reader import Reader, load_reader, reads
from interviewer.grading.spans import is_list
from interviewer.grading.verdicts import heard_in, settled_shares, verdicts_on
from interviewer.grading.weights import LEVEL, REFERENCE_LEVEL
from interviewer.grading.words import Words, stems_of, words_of
from interviewer.model import (
    Answer,
    Grade,
    Graded,
    Heard,
    Level,
    Provenance,
    Question,
    Status,
    Ungraded,
    Verdict,
)
from interviewer.prompting import Prompts, load_prompts

NAME = "embedded-2"
_KEEP = 256
_FEW_WORDS = 8
"""An answer shorter than this, or than a quarter of a short model answer, shows too little."""


class EmbeddedGrader:
    """Grades with the embedding model alone.

    Args:
        encoder: Gives token vectors.
        bank: Its hash is recorded in every grade.
        prompts: The words of the feedback; the shipped ones when None.
        reader: Another reader than the shipped one, such as one trained without some
            questions; None takes the shipped one where it fits the encoder.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        bank: Bank | None = None,
        prompts: Prompts | None = None,
        reader: Reader | None = None,
    ) -> None:
        """Keep the parts; the model is loaded with the first grade."""
        self._reader = reader or (load_reader() if reads(encoder.name) else None)
        self._encoder = encoder
        self._bank_hash = bank.hash if bank else None
        self._prompts = prompts or load_prompts()
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name and version."""
        return NAME

    def prepare(self, question: Question) -> None:
        """Encode a question's sentences ahead of its first answer."""
        self._prepare(question)

    def grade(self, question: Question, answer: Answer) -> Graded:
        """Grade an answer against a question.

        Args:
            question: With points, or with only a prompt and a model answer.
            answer: What the candidate said.

        Returns:
            A grade, or why there is none.

        Raises:
            EmbeddingError: The model cannot be loaded.
        """
        return self.grade_many([(question, answer)])[0]

    def grade_many(self, items: Sequence[tuple[Question, Answer]]) -> list[Graded]:
        """Grade answers, each as ``grade`` does; they are encoded together.

        Args:
            items: Questions with answers.

        Raises:
            EmbeddingError: The model cannot be loaded.
        """
        refused = [refusal(answer.text) for _, answer in items]
        asked = self.measure_many(
            [
                (question, answer.text)
                for (question, answer), why in zip(items, refused, strict=True)
                if why is None
            ]
        )
        found = iter(asked)
        return [
            Ungraded(ungraded=why) if why else self._grade(answer.text, next(found))
            for (_, answer), why in zip(items, refused, strict=True)
        ]

    def _grade(self, text: str, found: tuple[Prepared, Measured] | None) -> Graded:
        if found is None:
            return Ungraded(ungraded="That holds no words the grader can read.")
        prepared, measured = found
        caps = caps_of(prepared, measured.words, text)
        if measured.points is None:
            return self._by_verdicts(prepared, measured, caps)
        shares = settled_shares(prepared, measured)
        heard = heard_in(prepared, measured)
        verdicts = verdicts_on(prepared, measured, shares, heard)
        standing = []
        if any(item.status is Status.CONTRADICTED for item in verdicts):
            standing.append(policy.Cap(Level.OK, "Something wrong stands in it."))
        if recites_part(text, prepared.question.model_answer):
            why = "This recites a part of the model answer and nothing else."
            standing.append(policy.Cap(Level.OK, why))
        if prepared.derived:
            levels = policy.level_shares(reference_features(prepared, measured), REFERENCE_LEVEL)
        else:
            features = policy.level_features(prepared.question, shares, measured.model)
            levels = policy.level_shares(features, LEVEL)
        numbers = policy.settle(levels, (*caps, *standing))
        reasons = tuple(cap.reason for cap in caps)
        if not caps and int(levels.argmax()) > Level.OK.rank:
            reasons = tuple(cap.reason for cap in standing)
        return self._graded(prepared, numbers, verdicts, heard, caps, reasons, policy.POLICY)

    def measure(self, question: Question, text: str) -> tuple[Prepared, Measured] | None:
        """What a grade rests on; None for a text without words."""
        return self.measure_many([(question, text)])[0]

    def measure_many(
        self, items: Sequence[tuple[Question, str]]
    ) -> list[tuple[Prepared, Measured] | None]:
        """The same for several answers, encoded together."""
        return [self._measure(*each) for each in self._encoded(items)]

    def _encoded(
        self, items: Sequence[tuple[Question, str]]
    ) -> list[tuple[Prepared, str, str, Tokens]]:
        """Questions prepared, what of each answer counts, and its tokens."""
        prepared = [self._prepare(question) for question, _ in items]
        texts = [text for _, text in items]
        counted = [
            _counted(text, ready.vocabulary) for text, ready in zip(texts, prepared, strict=True)
        ]
        return list(zip(prepared, texts, counted, self._encoder.tokens(counted), strict=True))

    def _measure(
        self, prepared: Prepared, text: str, counted: str, tokens: Tokens
    ) -> tuple[Prepared, Measured] | None:
        words = words_of(counted, tokens)
        if not len(words):
            return None
        words = replace(words, text=text)
        return prepared, measure(prepared, words, tokens, self._reader)

    def _by_verdicts(
        self, prepared: Prepared, measured: Measured, caps: tuple[policy.Cap, ...]
    ) -> Grade:
        """The grade by recall and alignment alone."""
        heard = heard_in(prepared, measured)
        verdicts = verdicts_on(prepared, measured, None, heard)
        given = policy.level(prepared.question, verdicts, caps)
        numbers = (
            given,
            policy.score(prepared.question, verdicts, given),
            policy.confidence(prepared.question, verdicts, given),
        )
        reasons = tuple(cap.reason for cap in caps)
        return self._graded(prepared, numbers, verdicts, heard, caps, reasons, policy.BY_VERDICTS)

    def _graded(
        self,
        prepared: Prepared,
        numbers: tuple[Level, float, float],
        verdicts: tuple[Verdict, ...],
        heard: tuple[Heard, ...],
        caps: tuple[policy.Cap, ...],
        reasons: tuple[str, ...],
        by: str,
    ) -> Grade:
        given, score, sure = numbers
        return Grade(
            level=given,
            score=score,
            confidence=sure,
            verdicts=verdicts,
            misconceptions=heard,
            reasons=reasons,
            feedback=compose(prepared.question, given, verdicts, heard, caps, self._prompts),
            provenance=Provenance(
                grader=NAME,
                policy=by,
                embedder=self._encoder.name,
                bank_hash=self._bank_hash,
            ),
        )

    def _prepare(self, question: Question) -> Prepared:
        key = question.model_dump_json()
        with self._lock:
            if found := self._prepared.get(key):
                self._prepared.move_to_end(key)
                return found
        prepared = prepare(self._encoder, question, self._reader)
        with self._lock:
            self._prepared[key] = prepared
            while len(self._prepared) > _KEEP:
                self._prepared.popitem(last=False)
        return prepared


def _counted(text: str, vocabulary: frozenset[str] | None) -> str:
    """What of an answer counts; all of it where nothing would be left."""
    kept = focus(text, vocabulary)
    return plain(kept if stems_of(kept) else text)


def caps_of(prepared: Prepared, words: Words, text: str) -> tuple[policy.Cap, ...]:
    """Limits that come from the answer's shape."""
    if says_unknown(text):
        return (policy.Cap(Level.WEAK, "You said that you don't know."),)
    content = [s for s, keep in zip(words.stems, words.content, strict=True) if keep]
    own = [s for s in content if s not in prepared.echo]
    if len(own) <= 2 and len(content) >= 3:
        return (policy.Cap(Level.WEAK, "This repeats the question without answering it."),)
    asked_for = len(prepared.question.model_answer.split())
    if len(words) < min(_FEW_WORDS, asked_for // 4):
        return (policy.Cap(Level.WEAK, "This is too short to show what you know."),)
    if not stems_of(focus(text, prepared.vocabulary)):
        return (policy.Cap(Level.WEAK, "This does not speak of what was asked."),)
    if mostly_denies(text) and not prepared.denying:
        return (policy.Cap(Level.WEAK, "Nearly every sentence says what is not the case."),)
    if disordered(text):
        return (policy.Cap(Level.WEAK, "These words are in no order that says something."),)
    if is_list(words):
        return (policy.Cap(Level.WEAK, "This lists key words without saying how they relate."),)
    return ()
