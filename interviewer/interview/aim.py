"""Aim an interview at a job description or a résumé: what the text asks for, question by question.

The text is cut into requirements (sentences and bullets) and these into clauses;
the search finds what lies near each. Which question is then asked, by role, level,
kind and time, is decided in ``interviewer.interview.pick``. No language model takes part.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from interviewer.bank import Bank
from interviewer.interview.pick import in_plan
from interviewer.model import Plan

NEAR: Final = 0.35
"""The cosine from which a text is about a question; what an employer offers, promises
and asks to be sent stays under it mostly."""
NEAR_BESIDE_OFFERS: Final = 0.6
"""The same where the words are those of such sentences."""

_SHARPNESS: Final = 20.0
"""Of the softmax by which questions share a clause: 0.05 of cosine is a factor of e."""
_THEME: Final = 1.0
"""How much the topic that the text as a whole is about adds to a question's cosine."""
_THEME_CLAUSES: Final = 6
_TAKEN: Final = 0.4
"""What a question takes from a requirement that is wholly its own."""
_FULL_FITS: Final = 8
"""So many questions, the best, fit fully."""
_HEADING: Final = 6
"""Words of a heading at most."""
_WORTH_SAYING: Final = 0.25
"""The fit from which the text is why a question is asked."""
_SHOWN: Final = 120
"""Characters of the words quoted at most."""

_OFFERS: Final = re.compile(
    r"\b(?:holidays?|vacation|days (?:off|of leave)|(?:annual|parental|paid|sick) leave|pension"
    r"|insurance|salary|bonus|compensation|stock options|equity|perks?|benefits|gym|fruit|lunch"
    r"|meals|canteen|snacks|relocation|visa|permanent contract|flexible hours|from home|at home"
    r"|hybrid|equal opportunit\w*|regardless of|disabilit\w*|genders?|diversity|inclusive"
    r"|discrimination|all backgrounds|discount|conference travel|learning budget|health check"
    r"|kindergarten|childcare|apply|applicants?|your cv|cover letter|work permit)\b",
    re.IGNORECASE,
)

_END: Final = re.compile(
    r"""
      \s*\n+\s*                 # a line
    | (?<=[.!?;:])\s+           # a sentence, a heading before its words
    | \s*[•·▪●◦‣]\s*            # bullets pasted on one line
    """,
    re.VERBOSE,
)
_WRAPPED: Final = re.compile(r"(?:(?<=[,\w])[ \t]*\n[ \t]*(?=[a-z])|(?<=,)[ \t]*\n[ \t]*(?=\w))")
_BULLET: Final = re.compile(r"^(?:[-–—*+>#\s]|\d{1,2}[.)](?:\s|$))+")
_CLAUSE: Final = re.compile(r",|\s(?:and|or)\s|\s[-–—/|]\s")
_WORD: Final = re.compile(r"\w{2,}")


class Found(Protocol):
    """A question near a text."""

    @property
    def question_id(self) -> str:
        """Which question."""
        ...

    @property
    def score(self) -> float:
        """Cosine, -1 to 1."""
        ...


class Searcher(Protocol):
    """What aiming needs from the search."""

    def search_all(self, queries: Sequence[str], limit: int = 10) -> Sequence[Sequence[Found]]:
        """For each text the questions nearest to it, best first, each once."""
        ...


@dataclass(frozen=True, slots=True)
class Aim:
    """How a question fits the text.

    Attributes:
        question_id: Which question.
        fit: 0 to 1: how much of what the text asks for, and no question has taken, is its.
        because: The words of the text that ask for it most; None when it hardly fits.
    """

    question_id: str
    fit: float
    because: str | None


@dataclass(frozen=True, slots=True)
class _Clause:
    """A requirement or a part of it, and how near each question is."""

    text: str
    near: Mapping[str, float]

    @property
    def nearest(self) -> float:
        """The cosine of the nearest question."""
        return max(self.near.values(), default=-1.0)


@dataclass(frozen=True, slots=True)
class _Requirement:
    """What the text asks for once.

    Attributes:
        shares: How much of it is each question's; they sum to 1 at most.
        why: For each question near it, its share of the clause that is most its own, and
            words that say so.
    """

    shares: Mapping[str, float]
    why: Mapping[str, tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Aims:
    """What a text asks for, as the questions of a bank.

    Attributes:
        requirements: Those that any question is near to.
        scale: The sum of shares that is a full fit.
    """

    requirements: tuple[_Requirement, ...] = ()
    scale: float = 1.0

    def left(self, asked: Collection[str] = ()) -> dict[str, Aim]:
        """How each question fits what the questions asked so far have left.

        Args:
            asked: Ids of the questions asked; their order does not matter.

        Returns:
            By question id; empty when the text asks for nothing the bank has.
        """
        wholes: dict[str, float] = {}
        opens: dict[str, float] = {}
        best: dict[str, tuple[float, str]] = {}
        for each in self.requirements:
            still_open = math.prod(1 - _TAKEN * each.shares.get(item, 0.0) for item in asked)
            for item, share in each.shares.items():
                wholes[item] = wholes.get(item, 0.0) + share
                opens[item] = opens.get(item, 0.0) + still_open * share
            for item, (share, text) in each.why.items():
                best[item] = max(best.get(item, (0.0, "")), (still_open * share, text))
        aims = {}
        for item, whole in wholes.items():
            fit = min(1.0, whole / self.scale) * opens[item] / whole if whole else 0.0
            because = best[item][1] if fit >= _WORTH_SAYING and item in best else None
            aims[item] = Aim(item, fit, because)
        return aims

    def fits(self, asked: Collection[str] = ()) -> dict[str, float]:
        """The fit of each question, as ``pick`` takes it."""
        return {item: aim.fit for item, aim in self.left(asked).items()}


def aim(index: Searcher, bank: Bank, plan: Plan) -> Aims:
    """What the target text of a plan asks for.

    Every clause is shared among the questions of the plan's topics by a softmax over
    their cosines, to which the topic that the whole text is nearest to adds; a
    requirement is shared as its clauses are on average.

    Args:
        index: Search over the bank.
        bank: The questions.
        plan: Its topics and its target text.

    Raises:
        EmbeddingError: The embedding model cannot be loaded.
    """
    topics = {question.id: question.topic for question in bank if in_plan(question, plan)}
    cut = list(requirements(plan.target))
    hits = iter(index.search_all([part for parts in cut for part in parts], len(bank)))
    found = [[_Clause(part, _near(next(hits), topics)) for part in parts] for parts in cut]
    asking = [clauses for clauses in found if _asks(clauses[0])]
    themes = _themes([clause for clauses in asking for clause in clauses], topics)
    shared = [_share(clauses, topics, themes) for clauses in asking]
    totals: dict[str, float] = {}
    for each in shared:
        for item, share in each.shares.items():
            totals[item] = totals.get(item, 0.0) + share
    best = sorted(totals.values(), reverse=True)[:_FULL_FITS]
    # A text that asks for one thing has one question that fits, not four.
    return Aims(tuple(shared), max(best[-1], best[0] / _FULL_FITS)) if best else Aims()


def requirements(text: str) -> Iterator[tuple[str, ...]]:
    """Sentences and bullets of a text, each as a whole and then its clauses, each once."""
    seen: set[str] = set()
    for raw in _END.split(_WRAPPED.sub(" ", text.replace("**", ""))):
        whole = _BULLET.sub("", raw).strip()
        if whole.casefold() in seen or not _says_something(whole) or _is_heading(whole):
            continue
        seen.add(whole.casefold())
        clauses = [part.strip() for part in _CLAUSE.split(whole)]
        parts = [part for part in clauses if _says_something(part)]
        yield (whole, *parts) if len(parts) > 1 else (whole,)


def _says_something(text: str) -> bool:
    """A word alone, as in a heading, is near to too much."""
    return len(_WORD.findall(text)) > 1


def _is_heading(text: str) -> bool:
    return text.endswith(":") and len(text.split()) <= _HEADING


def _near(hits: Sequence[Found], topics: Mapping[str, str]) -> dict[str, float]:
    return {hit.question_id: hit.score for hit in hits if hit.question_id in topics}


def _asks(clause: _Clause) -> bool:
    """Whether a text is about what the bank asks, and not about what an employer offers."""
    return clause.nearest >= (NEAR_BESIDE_OFFERS if _OFFERS.search(clause.text) else NEAR)


def _themes(clauses: Sequence[_Clause], topics: Mapping[str, str]) -> dict[str, float]:
    """How much nearer than the others each topic is to the clauses that are nearest to it."""
    nearness: dict[str, float] = {}
    for topic in set(topics.values()):
        own = [item for item, its in topics.items() if its == topic]
        best = sorted(
            (max((each.near.get(item, 0.0) for item in own), default=0.0) for each in clauses),
            reverse=True,
        )[:_THEME_CLAUSES]
        nearness[topic] = sum(best) / len(best) if best else 0.0
    mean = sum(nearness.values()) / len(nearness) if nearness else 0.0
    return {topic: _THEME * (value - mean) for topic, value in nearness.items()}


def _share(
    clauses: Sequence[_Clause], topics: Mapping[str, str], themes: Mapping[str, float]
) -> _Requirement:
    shares: dict[str, float] = {}
    why: dict[str, tuple[float, str]] = {}
    whole = clauses[0].text
    for clause in clauses:
        if not _asks(clause):
            continue
        weights = {
            item: math.exp(_SHARPNESS * (cosine + themes[topics[item]]))
            for item, cosine in clause.near.items()
        }
        total = sum(weights.values())
        for item, weight in weights.items():
            share = weight / total
            shares[item] = shares.get(item, 0.0) + share / len(clauses)
            if clause.near[item] >= NEAR:
                said = _shown(whole if len(whole) <= _SHOWN else clause.text)
                why[item] = max(why.get(item, (0.0, "")), (share, said))
    return _Requirement(shares, why)


def _shown(text: str) -> str:
    text = text.strip(" .,;:!?")
    if len(text) <= _SHOWN:
        return text
    return text[:_SHOWN].rsplit(" ", 1)[0] + "…"
