"""Invariances: what must not change a grade."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

from interviewer.evaluation.attacks.change import (
    bulleted,
    rejoined,
    reordered,
    respelt,
    unpunctuated,
    with_fillers,
    with_typos,
)
from interviewer.evaluation.attacks.probe import Material, Probe
from interviewer.evaluation.cases import Case
from interviewer.model import Level, Manner

Invariance = Callable[[Material], Iterator[Probe]]
Change = Callable[[str, random.Random], str]
_CHOSEN = 4


def _same(family: str, case: Case, answer: str, manner: Manner) -> Probe:
    return Probe(
        id=f"{family}/{case.id}/{manner.value}",
        family=family,
        kind="invariance",
        question=case.question,
        follow_up=case.follow_up,
        base=case.answer,
        base_manner=case.manner,
        answer=answer,
        manner=manner,
        expects="same",
    )


def twins(material: Material) -> Iterator[Probe]:
    """The same answer typed and spoken."""
    typed = {case.id: case for case in material.cases}
    for case in material.cases:
        base = typed.get(case.twin or "")
        if base is not None:
            yield _same("typed-spoken", base, case.answer, case.manner)


def normalised_twins(material: Material) -> Iterator[Probe]:
    """The same answer typed, and spoken and then written as the page writes it."""
    for probe in twins(material):
        answer = material.normalise(probe.answer)
        identity = probe.id.replace("typed-spoken", "typed-normalised", 1)
        yield probe.model_copy(
            update={"id": identity, "family": "typed-normalised", "answer": answer}
        )


def normalised(material: Material) -> Iterator[Probe]:
    """Spoken answers as heard, and as the page writes them."""
    for case in material.cases:
        answer = material.normalise(case.answer) if case.manner is Manner.SPOKEN else case.answer
        if answer != case.answer:
            yield _same("normalised", case, answer, case.manner)


def _rewritten(
    family: str, change: Change, material: Material, *, typed: bool = True
) -> Iterator[Probe]:
    """Answers of every level that the change does change."""
    for name in material.questions:
        chosen = 0
        for case in material.pick(family, name, len(material.cases), *Level):
            if typed and case.manner is not Manner.TYPED:
                continue
            answer = change(case.answer, material.draw(family, case.id))
            if answer.split() == case.answer.split() or not answer:
                continue
            yield _same(family, case, answer, case.manner)
            chosen += 1
            if chosen == _CHOSEN:
                break


def languages(material: Material) -> Iterator[Probe]:
    """Strong answers in other languages: graded as such or refused, never weak."""
    for item in material.texts.languages:
        if item.question not in material.questions:
            continue
        for manner, answer in (
            (Manner.TYPED, item.text),
            (Manner.SPOKEN, unpunctuated(item.text)),
        ):
            yield Probe(
                id=f"other-language/{item.id}/{manner.value}",
                family="other-language",
                kind="invariance",
                question=item.question,
                answer=answer,
                manner=manner,
                expects="refused-or-same",
            )


INVARIANCES: tuple[Invariance, ...] = (
    twins,
    normalised_twins,
    normalised,
    partial(_rewritten, "fillers", with_fillers, typed=False),
    partial(_rewritten, "no-punctuation", lambda text, _: unpunctuated(text)),
    partial(_rewritten, "reordered", reordered),
    partial(_rewritten, "typos", with_typos),
    partial(_rewritten, "uk-us", lambda text, _: respelt(text), typed=False),
    partial(_rewritten, "joining-words", lambda text, _: rejoined(text), typed=False),
    partial(_rewritten, "layout", lambda text, _: bulleted(text)),
    languages,
)
