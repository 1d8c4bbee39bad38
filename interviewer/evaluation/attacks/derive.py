"""All probes of one split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from interviewer.bank import Bank
from interviewer.embedding import Encoder, SentenceEncoder
from interviewer.evaluation.attacks.harmless import INVARIANCES
from interviewer.evaluation.attacks.hostile import ATTACKS
from interviewer.evaluation.attacks.near import Nearness
from interviewer.evaluation.attacks.probe import Material, Probe
from interviewer.evaluation.attacks.texts import load_texts
from interviewer.evaluation.cases import Case


def probes(
    cases: Sequence[Case],
    bank: Bank,
    *,
    seed: int = 0,
    encoder: Encoder | None = None,
    folder: Path | None = None,
) -> tuple[Probe, ...]:
    """Derive the probes of some cases and their questions.

    The same for the same arguments: each choice hangs on the seed, the case and the
    family alone. Cases with an inline question are left out, for their question
    cannot be asked again.

    Args:
        cases: Of one split, so that no probe crosses splits.
        bank: Holds their questions.
        seed: Of every choice.
        encoder: Finds the sentences that make a point; the packaged one when None.
        folder: Of the hand-written texts; ``evals/attacks`` when None.

    Raises:
        EvaluationError: A file of texts cannot be used.
        UnknownQuestion: The bank lacks a case's question.
    """
    asked = tuple(case for case in cases if case.prompt is None)
    if not asked:
        return ()
    nearness = Nearness(encoder or SentenceEncoder())
    material = Material(asked, bank, nearness, load_texts(folder), seed)
    return tuple(probe for family in (*ATTACKS, *INVARIANCES) for probe in family(material))
