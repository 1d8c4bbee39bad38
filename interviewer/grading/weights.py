"""Numbers of the embedded grader: ``evals/fit_embedded.py`` fits and writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from interviewer.grading.policy import Head

FITTED = Path(__file__).parent / "weights.json"
_fitted: dict[str, Any] = json.loads(FITTED.read_text(encoding="utf-8"))

FITTED_ON = frozenset(_fitted["questions"])
"""Ids of the questions whose exemplars and cases were used."""

COVERAGE = tuple(_fitted["coverage"])
"""By coverage.FEATURES."""
COVERAGE_BIAS = float(_fitted["coverage_bias"])

CONTRAST = tuple(_fitted["contrast"])
"""By contrast.PAIR_FEATURES."""
CONTRAST_BIAS = float(_fitted["contrast_bias"])

POINT = tuple(tuple(row) for row in _fitted["point"])
"""Missing, made, contradicted, by measure.POINT_FEATURES."""
POINT_BIAS = tuple(_fitted["point_bias"])

MISCONCEPTION = tuple(_fitted["misconception"])
"""By measure.MISCONCEPTION_FEATURES."""
MISCONCEPTION_BIAS = float(_fitted["misconception_bias"])

LEVEL = Head(tuple(_fitted["level"]["weights"]), tuple(_fitted["level"]["cuts"]))
"""By policy.LEVEL_FEATURES."""

REFERENCE_LEVEL = Head(
    tuple(_fitted["reference_level"]["weights"]), tuple(_fitted["reference_level"]["cuts"])
)
"""By measure.REFERENCE_FEATURES."""

HEARD_READ = 0.4
"""Share from which a misconception counts as heard."""
HEARD_DENIED = 0.3
"""The same where the point it contradicts is contradicted anyway."""

TOGETHER = 0.42
"""Without a reader: recall within 30 words that a covered point needs."""
HEARD = 0.57
"""Without a reader: conviction from which a misconception counts as heard."""
REFERENCE = 14.0
"""Without a reader: for the soft recall of one sentence of a model answer."""
REFERENCE_BIAS = -6.3
