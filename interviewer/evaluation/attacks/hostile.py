"""Attacks: what must not lift a grade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from interviewer.evaluation.attacks.change import sentences, shuffled, terms
from interviewer.evaluation.attacks.near import SAID, making
from interviewer.evaluation.attacks.negation import negated
from interviewer.evaluation.attacks.probe import Material, Probe, Target, contradicts, deal, order
from interviewer.evaluation.attacks.texts import Dressing
from interviewer.evaluation.cases import Case
from interviewer.evaluation.results import Expectation
from interviewer.model import Level, Manner, Status, Tier

Attack = Callable[[Material], Iterator[Probe]]
_LOW = (Level.WEAK, Level.OK)
_HIGH = (Level.OK, Level.STRONG)
_NEGATED = 0.5
"""Of a text's sentences at least, or what is left says too little of the opposite."""
_FEWEST = 3
"""Sentences of an answer from which some are taken away."""


def _alone(
    family: str, target: Target, variant: str, answer: str, expects: Expectation = "weak"
) -> Probe:
    return Probe(
        id=f"{family}/{target.id}/{variant}",
        family=family,
        kind="attack",
        question=target.question.id,
        follow_up=target.follow_up,
        answer=answer,
        expects=expects,
    )


def _changed(family: str, case: Case, variant: str, answer: str) -> Probe:
    return Probe(
        id=f"{family}/{case.id}/{variant}",
        family=family,
        kind="attack",
        question=case.question,
        follow_up=case.follow_up,
        base=case.answer,
        base_manner=case.manner,
        answer=answer,
        manner=case.manner,
        expects="not-higher",
    )


def _dressed(family: str, texts: str, material: Material) -> Iterator[Probe]:
    """Each dressing on a weak or OK answer, and as the whole answer."""
    deck: Sequence[Dressing] = getattr(material.texts, texts)
    deck = sorted(deck, key=lambda item: order(material.seed, item.id, family))
    hands = deal(deck, len(material.questions), 3)
    for name, hand, other in zip(material.questions, hands, hands[1:] + hands[:1], strict=True):
        question = material.bank[name]
        target = Target(question, None)
        words = terms(question.model_answer)
        for item in hand:
            some = ", ".join(material.draw(family, f"{name}/{item.id}").sample(words, 5))
            text = item.filled(question.title or "this topic", some)
            yield _alone(family, target, item.id, text)
        cases = material.pick(family, name, len(other), *_LOW)
        for item, case in zip(other, cases, strict=False):
            some = ", ".join(material.draw(family, f"{case.id}/{item.id}").sample(words, 5))
            answer = item.on(case.answer, question.title or "this topic", some)
            yield _changed(family, case, item.id, answer)


def keyword_lists(material: Material) -> Iterator[Probe]:
    """The content words of the points, or of the model answer, with commas."""
    for target in material.targets:
        question = target.question
        claims = " ".join(point.claim for point in question.points)
        yield _alone("keyword-list", target, "claims", ", ".join(terms(claims)))
        if target.follow_up is None:
            words = terms(question.model_answer)
            yield _alone("keyword-list", target, "model", ", ".join(words))


def loose_keywords(material: Material) -> Iterator[Probe]:
    """The model answer's content words in random order, without commas."""
    family = "loose-keywords"
    for target in material.targets:
        words = terms(target.question.model_answer)
        material.draw(family, target.id).shuffle(words)
        yield _alone(family, target, "model", " ".join(words))


def echoes(material: Material) -> Iterator[Probe]:
    """The question as its own answer."""
    for target in material.targets:
        asked, other = target.question.prompt, target.question.rephrase
        yield _alone("echo", target, "prompt", asked)
        if other:
            restated = f"So you are asking me the following. {other} That is the question here."
            yield _alone("echo", target, "restated", restated)
            yield _alone("echo", target, "rephrase", other)
            yield _alone("echo", target, "both", f"{asked} {other}")


def scrambles(material: Material) -> Iterator[Probe]:
    """All words of a strong answer in random order."""
    family = "shuffled"
    for target in material.targets:
        answer = shuffled(target.question.model_answer, material.draw(family, target.id))
        yield _alone(family, target, "model", answer)
    for name in material.questions:
        for case in material.pick(family, name, 2, Level.STRONG):
            answer = shuffled(case.answer, material.draw(family, case.id))
            yield _stated(family, case, "words", answer)


def negations(material: Material) -> Iterator[Probe]:
    """A model answer that claims the opposite in each sentence."""
    for target in material.targets:
        answer, share = negated(target.question.model_answer)
        if answer and share >= _NEGATED:
            yield _alone("negated", target, "model", answer)


def half_answers(material: Material) -> Iterator[Probe]:
    """Half of a model answer's sentences, those that make one core point left out."""
    family = "half-answer"
    for target in material.targets:
        question = target.question
        whole = sentences(question.model_answer)
        core = [point for point in question.points if point.tier is Tier.CORE]
        if len(whole) <= _FEWEST or not core:
            continue
        draw = material.draw(family, target.id)
        near = material.nearness.of(draw.choice(core), whole)
        rest = np.flatnonzero(~making(near)).tolist()
        kept = sorted(draw.sample(rest, min(len(rest), len(whole) // 2)))
        if kept:
            text = " ".join(whole[index] for index in kept)
            yield _alone(family, target, "model", text, "not-strong")


def elsewhere(material: Material) -> Iterator[Probe]:
    """Strong answers to questions of other topics, the least related ones."""
    family = "other-question"
    for name in material.questions:
        question = material.bank[name]
        own = set(terms(f"{question.prompt} {question.model_answer}"))
        donors = [
            case
            for case in material.cases
            if case.level is Level.STRONG
            and case.follow_up is None
            and material.bank[case.question].topic != question.topic
        ]
        donors.sort(key=lambda case: len(own & set(terms(case.answer))))
        donors = donors[: max(3, len(donors) // 2)]
        donors.sort(key=lambda case: order(material.seed, case.id, f"{family}/{name}"))
        for case in donors[:3]:
            target = Target(question, None)
            probe = _alone(family, target, case.id.replace("/", "-"), case.answer)
            yield probe.model_copy(update={"manner": case.manner})


def paddings(material: Material) -> Iterator[Probe]:
    """Sentences that say nothing, before, after, and around."""
    family = "padding"
    fillers = [item.text for item in material.texts.padding]
    for name in material.questions:
        for number, case in enumerate(material.pick(family, name, 4, *_LOW)):
            draw = material.draw(family, case.id)
            some = draw.sample(fillers, min(len(fillers), (2, 4, 8, 4)[number]))
            half = len(some) // 2
            place = ("before", "after", "around", "after")[number]
            cut = {"before": len(some), "after": 0, "around": half}[place]
            yield _changed(family, case, place, _join([*some[:cut], case.answer, *some[cut:]]))


def repetitions(material: Material) -> Iterator[Probe]:
    """An OK answer said twice."""
    for name in material.questions:
        for case in material.pick("repeated", name, 4, Level.OK):
            yield _changed("repeated", case, "twice", _join([case.answer, case.answer]))


def omissions(material: Material) -> Iterator[Probe]:
    """A good answer without the sentences that make one of its points."""
    family = "drop-point"
    for name in material.questions:
        for case in material.pick(family, name, 10, *_HIGH):
            whole = sentences(case.answer)
            points = case.asked(material.bank).points
            # Taking out what may be the mistake could rightly raise the grade.
            if (
                len(whole) < _FEWEST
                or not points
                or case.manner is Manner.SPOKEN
                or contradicts(case)
            ):
                continue
            draw = material.draw(family, case.id)
            for point in draw.sample(points, len(points)):
                marked = case.marks.points.get(point.id) if case.marks else None
                if case.marks is not None and marked is not Status.COVERED:
                    continue
                near = material.nearness.of(point, whole)
                kept = [s for s, out in zip(whole, making(near), strict=True) if not out]
                if kept and (marked or float(near.max()) >= SAID):
                    yield _changed(family, case, point.id, " ".join(kept))
                    break


def mistakes(material: Material) -> Iterator[Probe]:
    """A good answer with a misconception's wrong sentence at its end."""
    family = "add-wrong"
    for name in material.questions:
        for case in material.pick(family, name, 6, *_HIGH):
            asked = case.asked(material.bank)
            known = case.marks.misconceptions if case.marks else ()
            wrong = [
                (item.id, text)
                for item in asked.misconceptions
                if item.id not in known
                for text in (item.claim, *(wording.wrong for wording in item.wordings))
            ]
            if wrong:
                which, text = material.draw(family, case.id).choice(wrong)
                yield _changed(family, case, which, _join([case.answer, text]))


def _stated(family: str, case: Case, variant: str, answer: str) -> Probe:
    """Made from a case, but with no grade to compare with."""
    probe = _changed(family, case, variant, answer)
    return probe.model_copy(update={"base": None, "expects": "weak"})


def _join(parts: Iterable[str]) -> str:
    """Parts in a row, each closed by a full stop unless it has an end of its own."""
    closed = [part.strip() for part in parts]
    return " ".join(part if part[-1:] in ".!?" else f"{part}." for part in closed if part)


ATTACKS: tuple[Attack, ...] = (
    partial(_dressed, "injection", "injections"),
    partial(_dressed, "coverage-claims", "claims"),
    partial(_dressed, "fake-verdicts", "verdicts"),
    keyword_lists,
    loose_keywords,
    echoes,
    scrambles,
    negations,
    half_answers,
    elsewhere,
    paddings,
    repetitions,
    omissions,
    mistakes,
)
