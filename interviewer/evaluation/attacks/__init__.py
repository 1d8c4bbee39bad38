"""Attacks and invariances: changed answers, and what must hold of their grade.

``probes`` derives them from the cases of one split and their questions, ``attack``
grades each beside the answer it was made from, ``families`` gives a rate a family.
How answers are changed is in ``change`` and ``negation``, which changes make a
family in ``hostile`` and ``harmless``; the hand-written texts lie in ``evals/attacks``.
"""

from __future__ import annotations

from interviewer.evaluation.attacks.derive import probes
from interviewer.evaluation.attacks.grade import COLUMNS, Family, attack, families, holds, table
from interviewer.evaluation.attacks.probe import Probe

__all__ = ["COLUMNS", "Family", "Probe", "attack", "families", "holds", "probes", "table"]
