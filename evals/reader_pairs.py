"""What the reader learns from: pairs of a statement and an answer, with what it does to it.

All of it is ours (Apache-2.0): ``evals/training/statements.jsonl`` (facts said several
ways and said wrongly), the bank's wordings and misconceptions put together into
made-up answers, its exemplars and model answers, and the marked answers of the train
and dev splits. ``evals/train_reader.py`` trains on them.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from interviewer.bank import Bank
from interviewer.evaluation.attacks.change import sentences
from interviewer.evaluation.attacks.negation import negate, negated
from interviewer.evaluation.cases import Case
from interviewer.model import Level, Misconception, Point, Status, Tier

STATEMENTS = Path(__file__).parent / "training" / "statements.jsonl"
MADE_UP = 40
MIXED = 7_000
LABELS = {
    Status.MISSING: (1.0, 0.0, 0.0),
    Status.COVERED: (0.0, 1.0, 0.0),
    Status.CONTRADICTED: (0.0, 0.0, 1.0),
    Status.PARTIAL: (0.5, 0.5, 0.0),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one network learns from.

    Attributes:
        epochs: Over all pairs.
        turned: Share of said sentences that are negated by rule.
        least: Facts in a made-up answer at least.
        hardened: With model answers, said and negated, and with marked answers beside
            sentences that have nothing to do with them.
    """

    epochs: int
    turned: float
    least: int
    hardened: bool


RECIPES = {
    "hardened": Recipe(epochs=4, turned=0.2, least=1, hardened=True),
    "plain": Recipe(epochs=3, turned=0.0, least=2, hardened=False),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, an answer and what the answer does to it."""

    statement: str
    answer: str
    label: tuple[float, float, float]
    weight: float = 1.0


def turned(sentence: str, share: float, random_: random.Random) -> tuple[str, Status]:
    """The sentence, or at times its negation, with what it does to the fact."""
    if share and random_.random() < share:
        denial = negate(sentence)
        if denial is not None:
            return denial, Status.CONTRADICTED
    return sentence, Status.COVERED


def model_answers(bank: Bank, questions: Collection[str]) -> list[Pair]:
    """Model answers make every point; negated sentence by sentence they deny it."""
    pairs = []
    for name in sorted(questions):
        question = bank[name]
        asked = [(question.points, question.model_answer)]
        asked += [(item.points, item.model_answer) for item in question.follow_ups]
        for points, answer in asked:
            denial, _ = negated(answer)
            for point in points:
                for wording in point.wordings[:3]:
                    pairs.append(Pair(wording, answer, LABELS[Status.COVERED]))
                    if denial:
                        pairs.append(Pair(wording, denial, LABELS[Status.CONTRADICTED]))
    return pairs


def made_up(
    bank: Bank, questions: Collection[str], recipe: Recipe, random_: random.Random
) -> list[Pair]:
    """Answers put together from wordings and misconceptions; each point's fate is known."""
    pairs = []
    for name in sorted(questions):
        question = bank[name]
        asked = [(question.points, question.misconceptions)]
        asked += [(item.points, item.misconceptions) for item in question.follow_ups]
        for points, misconceptions in asked:
            for _ in range(MADE_UP if points is question.points else MADE_UP // 3):
                wrong = _wrong_sentences(misconceptions)
                pairs.extend(_one_made_up(points, wrong, recipe, random_))
    return pairs


def _wrong_sentences(
    misconceptions: Sequence[Misconception],
) -> dict[str, list[tuple[str, str | None]]]:
    told: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for item in misconceptions:
        told[item.contradicts] += [(wording.wrong, wording.right) for wording in item.wordings]
        told[item.contradicts].append((item.claim, None))
    return told


def _one_made_up(
    points: Sequence[Point],
    wrong: dict[str, list[tuple[str, str | None]]],
    recipe: Recipe,
    random_: random.Random,
) -> list[Pair]:
    parts: list[str] = []
    fate: dict[str, tuple[Status, str | None]] = {}
    for point in points:
        draw = random_.random()
        if draw < 0.33:  # noqa: PLR2004 - shares of the recipe
            chosen = random_.choice(point.wordings)
            said, status = turned(chosen, recipe.turned, random_)
            fate[point.id] = (status, chosen)
        elif draw < 0.6 and wrong[point.id]:  # noqa: PLR2004
            said, right = random_.choice(wrong[point.id])
            if right and random_.random() < 0.4:  # noqa: PLR2004
                said = right
            else:
                fate[point.id] = (Status.CONTRADICTED, said)
        else:
            fate[point.id] = (Status.MISSING, None)
            continue
        parts.append(said)
    if not parts:
        return []
    text = _joined(parts, random_)
    pairs: list[Pair] = []
    for point in points:
        if point.id in fate:
            status, said_ = fate[point.id]
            others = [wording for wording in point.wordings if wording != said_]
            asked = random_.sample(others, min(2, len(others)))
            pairs.extend(Pair(wording, text, LABELS[status]) for wording in asked)
    return pairs


def _joined(parts: list[str], random_: random.Random) -> str:
    """Sentences in some order, at times without punctuation, as a transcript has it."""
    random_.shuffle(parts)
    if random_.random() < 0.3:  # noqa: PLR2004
        return " ".join(part.rstrip(".").lower().replace(",", "") for part in parts)
    return " ".join(
        part if part[-1] in ".!?" else f"{part[0].upper()}{part[1:]}." for part in parts
    )


def exemplars(bank: Bank, questions: Collection[str]) -> list[Pair]:
    """What the levels of exemplars imply: strong has the core, OK no depth, vague nothing."""
    pairs = []
    for name in sorted(questions):
        for item in bank[name].exemplars:
            for point in bank[name].points:
                core = point.tier is Tier.CORE
                if item.level is Level.STRONG and core:
                    status = Status.COVERED
                elif item.flaw == "vague" or (item.level is Level.OK and not core):
                    status = Status.MISSING
                else:
                    continue
                pairs += [
                    Pair(wording, item.answer, LABELS[status], 0.7)
                    for wording in point.wordings[:3]
                ]
    return pairs


def marked(
    bank: Bank,
    cases: Sequence[Case],
    random_: random.Random,
    beside: Sequence[tuple[str, str]] = (),
) -> list[Pair]:
    """Real answers with their marks, and again with sentences beside them that change nothing."""
    pairs = []
    for case in cases:
        if case.marks is None:
            continue
        texts = [(case.answer, 1.0)]
        if beside:
            other = [sentence for owner, sentence in beside if owner != case.question]
            texts.append((_with_other(case.answer, other, random_), 0.7))
        for point in case.asked(bank).points:
            others = random_.sample(point.wordings[1:], min(2, len(point.wordings) - 1))
            pairs += [
                Pair(wording, text, LABELS[case.marks.points[point.id]], weight)
                for text, weight in texts
                for wording in (point.claim, *others)
            ]
    return pairs


def _with_other(answer: str, beside: Sequence[str], random_: random.Random) -> str:
    """An answer with one to four sentences that have nothing to do with it, before or after."""
    start = random_.randrange(len(beside))
    other = " ".join(beside[(start + step) % len(beside)] for step in range(random_.randint(1, 4)))
    return f"{other} {answer}" if random_.random() < 0.3 else f"{answer} {other}"  # noqa: PLR2004


def foreign_sentences(cases: Sequence[Case], random_: random.Random) -> list[tuple[str, str]]:
    """Sentences to stand beside answers, each with the question it answers, if it does."""
    found = [
        ("", sentence) for row in statements() for sentence in (row["said"][0], row["near"][0])
    ]
    found += [(case.question, part) for case in cases for part in sentences(case.answer)]
    random_.shuffle(found)
    return found


def mixed(
    records: Sequence[dict[str, list[str]]], recipe: Recipe, random_: random.Random
) -> list[Pair]:
    """Answers put together from facts that stand near each other in the file."""
    pairs = []
    for _ in range(MIXED):
        place = random_.randrange(len(records))
        near = records[max(0, place - 6) : place + 7]
        parts, fates = [], []
        for record in random_.sample(near, min(len(near), random_.randint(recipe.least, 6))):
            draw = random_.random()
            if draw < 0.35:  # noqa: PLR2004
                chosen = random_.choice(record["said"])
                said, status = turned(chosen, recipe.turned, random_)
            elif draw < 0.7:  # noqa: PLR2004
                status, said = Status.CONTRADICTED, random_.choice(record["flip"])
            elif draw < 0.9:  # noqa: PLR2004
                status, said = Status.MISSING, random_.choice(record["near"])
            else:
                status, said = Status.MISSING, ""
            fates.append((record, status, said))
            if said:
                parts.append(said)
        if not parts:
            continue
        text = _joined(parts, random_)
        for record, status, said in fates:
            others = [wording for wording in record["said"] if wording != said]
            pairs.append(Pair(random_.choice(others), text, LABELS[status]))
    return pairs


def statements() -> list[dict[str, list[str]]]:
    """The facts: said (claim first), flip, near."""
    lines = STATEMENTS.read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line.strip()]
    return [
        {"said": [row["claim"], *row["same"]], "flip": row["flip"], "near": row["near"]}
        for row in rows
    ]


def pairs_of(
    bank: Bank, cases: Sequence[Case], questions: Collection[str], recipe: Recipe, seed: int
) -> list[Pair]:
    """Everything to learn from that belongs to these questions, or to none."""
    random_ = random.Random(seed)  # noqa: S311
    own = [case for case in cases if case.question in questions]
    pairs = made_up(bank, questions, recipe, random_) + exemplars(bank, questions)
    if recipe.hardened:
        pairs += model_answers(bank, questions)
        pairs += marked(bank, own, random_, foreign_sentences(own, random_))
    else:
        pairs += marked(bank, own, random_)
    return pairs + mixed(statements(), recipe, random_)
