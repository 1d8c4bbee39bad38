"""All that a program can check about a bank beyond its schema.

Reading a file is strict about shape and lenient about completeness, so that
anyone can bring a question with a prompt and a model answer. The lint is what
the shipped bank must pass.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from interviewer.bank.load import Bank
from interviewer.model import (
    Difficulty,
    Exemplar,
    FollowUp,
    Kind,
    Level,
    Manner,
    Misconception,
    Point,
    Question,
    Tier,
)

MODEL_ANSWER_WORDS = (80, 200)
FOLLOW_UP_ANSWER_WORDS = (25, 140)
PROMPT_WORDS = (6, 60)
DESIGN_ANSWER_WORDS = (160, 330)
POINTS = (4, 8)
DESIGN_POINTS = (8, 12)
FOLLOW_UP_POINTS = (2, 5)
PHRASINGS = (3, 5)
WORDINGS = (2, 4)
FOLLOW_UPS = 3
STAGES = 3
PUSHES = 2
"""Follow-ups of a system-design question that push on it, besides its stages."""
EXEMPLARS = 6
TITLE_WORDS = 9
QUESTIONS_PER_TOPIC = 8
SENTENCE_WORDS = 40
"""In a sentence that is said aloud."""
READABILITY = 17.0
"""Automated Readability Index of a prompt (Senter & Smith 1967), in school years."""
CORE_POINTS = 2
TWIN_OVERLAP = 0.5
"""Share of words that a wrong sentence and its right twin have in common."""
NEAR_DUPLICATE = 0.92
"""Cosine above which two prompts of a bank are the same question."""

_REQUIRED_EXEMPLARS: tuple[tuple[Level, Manner | None, str | None, str], ...] = (
    (Level.STRONG, Manner.TYPED, None, "a strong typed one"),
    (Level.STRONG, Manner.SPOKEN, None, "a strong spoken transcript"),
    (Level.OK, Manner.TYPED, None, "an OK typed one"),
    (Level.OK, Manner.SPOKEN, None, "an OK spoken transcript"),
    (Level.WEAK, None, "vague", "a weak one with flaw: vague"),
    (Level.WEAK, None, "wrong", "a weak, fluent one with flaw: wrong"),
)
_MARKUP = re.compile(r"[*_`#]{2,}|^\s*[-*•]\s|<[a-z/][^>]*>", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend in a question."""

    question_id: str
    field: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.severity}: {self.question_id}: {self.field}: {self.message}"


def words(text: str) -> int:
    """Number of words, split at white space."""
    return len(text.split())


def lint_bank(bank: Bank) -> list[Finding]:
    """Findings for every question and for the bank as a whole, without a model."""
    findings = [item for question in bank for item in lint_question(question, bank)]
    per_topic = Counter(question.topic for question in bank)
    few = f"write at least {QUESTIONS_PER_TOPIC}."
    findings.extend(
        Finding("bank", topic, f"has {per_topic[topic]} questions; {few}", "warning")
        for topic in bank.taxonomy.topics
        if per_topic[topic] < QUESTIONS_PER_TOPIC
    )
    advanced = {question.topic for question in bank if question.level is Difficulty.ADVANCED}
    findings.extend(
        Finding("bank", topic, "has no advanced question.", "warning")
        for topic in bank.taxonomy.topics
        if topic not in advanced
    )
    return findings


def near_duplicates(bank: Bank, pairs: Iterable[tuple[str, str, float]]) -> list[Finding]:
    """Findings for pairs of questions whose prompts say the same, without a stated reason.

    Args:
        bank: The questions.
        pairs: Two ids and the cosine of their prompts.
    """
    return [
        Finding(
            first,
            "prompt",
            f"asks the same as '{second}' (cosine {cosine:.2f}); drop one, or say in "
            "distinct_from why both are asked.",
        )
        for first, second, cosine in pairs
        if cosine >= NEAR_DUPLICATE
        and second not in bank[first].distinct_from
        and first not in bank[second].distinct_from
    ]


def texts_in(value: object) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def readability(text: str) -> float:
    """The Automated Readability Index: the school year that reads a text with ease."""
    tokens = re.findall(r"[\w'-]+", text)
    sentences = len(re.findall(r"[.!?]+(?:\s|$)", text)) or 1
    letters = sum(len(token) for token in tokens)
    return 4.71 * letters / max(1, len(tokens)) + 0.5 * len(tokens) / sentences - 21.43


def lint_question(question: Question, bank: Bank) -> Iterator[Finding]:
    """Findings for one question."""

    def finding(field: str, message: str) -> Finding:
        return Finding(question.id, field, message)

    yield from _filed(question, bank)
    todo = sum(text.lstrip().startswith("TODO") for text in texts_in(question.model_dump()))
    if todo:
        yield finding("text", f"{todo} texts are still to be written: they begin with TODO.")
    if not question.title or words(question.title) > TITLE_WORDS:
        yield finding("title", "is needed, in at most nine words.")
    for name in ("rephrase", "clarify"):
        if not getattr(question, name):
            yield finding(name, "is missing.")
    yield from _length(question, "prompt", question.prompt, PROMPT_WORDS)
    yield from _spoken(question, "prompt", question.prompt)
    if question.rephrase:
        yield from _spoken(question, "rephrase", question.rephrase)
    design = question.kind is Kind.SYSTEM_DESIGN
    answer_words = DESIGN_ANSWER_WORDS if design else MODEL_ANSWER_WORDS
    yield from _length(question, "model_answer", question.model_answer, answer_words)
    limits = DESIGN_POINTS if design else POINTS
    yield from _points(question, question.points, limits, "points", bank, hints=True)
    yield from _misconceptions(question, question.points, question.misconceptions, "misconceptions")
    told = {item.contradicts for item in question.misconceptions}
    for point in question.points:
        if point.tier is Tier.CORE and point.id not in told:
            yield finding(f"points.{point.id}", "is core and has no misconception.")
    if question.rubric is None:
        yield finding("rubric", "is missing.")
    yield from _exemplars(question)
    yield from _follow_ups(question, bank)


def _filed(question: Question, bank: Bank) -> Iterator[Finding]:
    """Whether the question lies where its id and topic say."""
    path = bank.files.get(question.id)
    if path and path.stem != question.id:
        yield Finding(question.id, "id", f"is not the file's name, '{path.stem}'.")
    if path and path.parent.name != question.topic:
        yield Finding(question.id, "topic", f"is not the folder's name, '{path.parent.name}'.")
    if question.topic not in bank.taxonomy.topics:
        yield Finding(question.id, "topic", f"'{question.topic}' is not in the taxonomy.")
    if question.kind not in bank.taxonomy.kinds:
        yield Finding(question.id, "kind", f"'{question.kind}' is not in the taxonomy.")


def _length(
    question: Question, field: str, text: str, limits: tuple[int, int]
) -> Iterator[Finding]:
    count = words(text)
    if not limits[0] <= count <= limits[1]:
        yield Finding(question.id, field, f"has {count} words; write {limits[0]} to {limits[1]}.")
    if _MARKUP.search(text):
        yield Finding(question.id, field, "holds markup; write what a person would say.")


def _spoken(question: Question, field: str, text: str) -> Iterator[Finding]:
    """Whether a text can be followed by somebody who hears it once."""
    longest = max(words(sentence) for sentence in re.split(r"(?<=[.!?])\s+", text))
    if longest > SENTENCE_WORDS:
        message = f"has a sentence of {longest} words; say it in sentences of {SENTENCE_WORDS}."
        yield Finding(question.id, field, message)
    if (index := readability(text)) > READABILITY:
        message = f"is hard to follow by ear (readability {index:.0f}); use plainer, shorter words."
        yield Finding(question.id, field, message)


def _points(
    question: Question,
    points: tuple[Point, ...],
    limits: tuple[int, int],
    field: str,
    bank: Bank,
    *,
    hints: bool,
) -> Iterator[Finding]:
    if not limits[0] <= len(points) <= limits[1]:
        yield Finding(
            question.id, field, f"has {len(points)} points; write {limits[0]} to {limits[1]}."
        )
    yield from _unique(question, field, [point.id for point in points])
    tiers = Counter(point.tier for point in points)
    if field == "points" and (tiers[Tier.CORE] < CORE_POINTS or tiers[Tier.DEPTH] < 1):
        yield Finding(question.id, field, "needs at least two core points and one depth point.")
    if field != "points" and not tiers[Tier.CORE]:
        yield Finding(question.id, field, "needs a core point.")
    kind = bank.taxonomy.kinds.get(question.kind)
    parts = kind.parts if kind else ()
    allowed = parts + (kind.more_parts if kind else ())
    if field == "points":
        for missing in sorted(set(parts) - {point.part for point in points}):
            yield Finding(question.id, field, f"needs a point for the part '{missing}'.")
    for point in points:
        where = f"{field}.{point.id}"
        yield from _phrasings(question, point, where)
        if hints and point.tier is Tier.CORE and not point.hint:
            yield Finding(question.id, where, "is core and has no hint.")
        if point.part and point.part not in allowed:
            yield Finding(question.id, where, f"part '{point.part}' is not one of {list(allowed)}.")


def _phrasings(question: Question, point: Point, where: str) -> Iterator[Finding]:
    styles = point.phrasings
    count = len(styles.all)
    if not PHRASINGS[0] <= count <= PHRASINGS[1]:
        wanted = f"write {PHRASINGS[0]} to {PHRASINGS[1]}"
        yield Finding(question.id, where, f"has {count} phrasings; {wanted}.")
    for style in ("written", "spoken", "terse"):
        if not getattr(styles, style):
            yield Finding(question.id, where, f"has no {style} phrasing.")
    texts = [re.sub(r"\W+", " ", text.lower()).strip() for text in point.wordings]
    if len(set(texts)) < len(texts):
        yield Finding(question.id, where, "says the same phrasing twice.")


def _misconceptions(
    question: Question,
    points: tuple[Point, ...],
    misconceptions: tuple[Misconception, ...],
    field: str,
) -> Iterator[Finding]:
    yield from _unique(question, field, [item.id for item in misconceptions])
    known = {point.id for point in points}
    for item in misconceptions:
        where = f"{field}.{item.id}"
        if item.contradicts not in known:
            yield Finding(
                question.id, where, f"contradicts '{item.contradicts}', which is no point."
            )
        if not WORDINGS[0] <= len(item.wordings) <= WORDINGS[1]:
            yield Finding(
                question.id,
                where,
                f"has {len(item.wordings)} wordings; write {WORDINGS[0]} to {WORDINGS[1]}.",
            )
        if not any(wording.right for wording in item.wordings):
            yield Finding(question.id, where, "has no wording with its right twin.")
        for wording in item.wordings:
            if wording.right and not is_minimal_pair(wording.wrong, wording.right):
                yield Finding(
                    question.id, where, f"'{wording.wrong}' and its right twin differ too much."
                )


def is_minimal_pair(wrong: str, right: str) -> bool:
    """Whether two sentences differ in some words and share at least half of them."""
    first, second = wrong.lower().split(), right.lower().split()
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    return first != second and matcher.ratio() >= TWIN_OVERLAP


def _exemplars(question: Question) -> Iterator[Finding]:
    exemplars = question.exemplars
    if len(exemplars) < EXEMPLARS:
        yield Finding(
            question.id, "exemplars", f"has {len(exemplars)}; write at least {EXEMPLARS}."
        )

    def fits(item: Exemplar, level: Level, manner: Manner | None, flaw: str | None) -> bool:
        return item.level is level and manner in (None, item.manner) and flaw == item.flaw

    for level, manner, flaw, name in _REQUIRED_EXEMPLARS:
        if not any(fits(item, level, manner, flaw) for item in exemplars):
            yield Finding(question.id, "exemplars", f"needs {name}.")
    for index, item in enumerate(exemplars):
        where = f"exemplars[{index}]"
        if item.flaw and item.level is not Level.WEAK:
            yield Finding(question.id, where, "has a flaw but is not weak.")
        if item.manner is Manner.SPOKEN and re.search(r"[.;:!?]\s", item.answer):
            yield Finding(question.id, where, "is spoken but punctuated; write a raw transcript.")


def _follow_ups(question: Question, bank: Bank) -> Iterator[Finding]:
    if len(question.follow_ups) < FOLLOW_UPS:
        yield Finding(
            question.id,
            "follow_ups",
            f"has {len(question.follow_ups)}; write at least {FOLLOW_UPS}.",
        )
    yield from _stages(question, bank)
    yield from _unique(question, "follow_ups", [item.id for item in question.follow_ups])
    known = {point.id for point in question.points}
    for item in question.follow_ups:
        yield from _follow_up(question, item, known, bank)
    if question.follow_ups and not any(item.probes for item in question.follow_ups):
        yield Finding(question.id, "follow_ups", "none of them probes a point.")
    if question.follow_ups and all(item.probes for item in question.follow_ups):
        yield Finding(question.id, "follow_ups", "none of them extends the question.")
    probed = Counter(tuple(sorted(item.probes)) for item in question.follow_ups if item.probes)
    for points, count in probed.items():
        if count > 1:
            names = ", ".join(points)
            yield Finding(question.id, "follow_ups", f"{count} of them probe the same: {names}.")


def _stages(question: Question, bank: Bank) -> Iterator[Finding]:
    """A design unfolds in stages, in the order of the parts, and is then pushed on."""
    staged = [item for item in question.follow_ups if item.stage]
    kind = bank.taxonomy.kinds.get(question.kind)
    parts = kind.parts + kind.more_parts if kind else ()
    for item in staged:
        if item.stage not in parts:
            where = f"follow_ups.{item.id}"
            yield Finding(question.id, where, f"stage '{item.stage}' is not one of {list(parts)}.")
    if question.kind is not Kind.SYSTEM_DESIGN:
        return
    if len(staged) < STAGES:
        yield Finding(
            question.id, "follow_ups", f"has {len(staged)} stages; write at least {STAGES}."
        )
    pushes = len(question.follow_ups) - len(staged)
    if pushes < PUSHES:
        yield Finding(
            question.id, "follow_ups", f"has {pushes} without stage; write at least {PUSHES}."
        )


def _follow_up(
    question: Question, item: FollowUp, known: set[str], bank: Bank
) -> Iterator[Finding]:
    where = f"follow_ups.{item.id}"
    for probed in sorted(set(item.probes) - known):
        yield Finding(question.id, where, f"probes '{probed}', which is no point.")
    yield from _length(question, f"{where}.ask", item.ask, (4, 45))
    yield from _length(question, f"{where}.model_answer", item.model_answer, FOLLOW_UP_ANSWER_WORDS)
    yield from _points(
        question, item.points, FOLLOW_UP_POINTS, f"{where}.points", bank, hints=False
    )
    yield from _misconceptions(
        question, item.points, item.misconceptions, f"{where}.misconceptions"
    )


def _unique(question: Question, field: str, ids: list[str]) -> Iterator[Finding]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield Finding(question.id, field, f"the id '{name}' is used {count} times.")
