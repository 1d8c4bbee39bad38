"""Fitted numbers of the embedded grader; ``evals/fit_embedded.py`` prints them again."""

from __future__ import annotations

from interviewer.grading.policy import Head

COVERAGE = (11.81, 17.48, -0.96, 3.09, -1.80)
"""For coverage.FEATURES: soft, soft_mean, exact, exact_mean, local."""
COVERAGE_BIAS = -14.08

TOGETHER = 0.42
"""Recall within 30 words that a covered point needs: its words must stand together."""

CONTRAST = (3.26, 3.78, 2.01, 1.43, 0.96, -0.38)
"""For contrast.PAIR_FEATURES: margin, wrong, context, decisive, exact, weakest."""
CONTRAST_BIAS = -8.30

HEARD = 0.57
"""Conviction from which a misconception counts as heard."""

REFERENCE = 14.0
"""For the soft recall of one sentence of a model answer."""
REFERENCE_BIAS = -6.3

POINT = (
    (-0.3, 0.0, -0.13, -0.14, -0.14, -0.39, -0.74, 0.32, -1.41),
    (0.33, -0.75, 0.03, 0.08, -0.17, 0.46, 1.45, -0.49, 2.35),
    (-0.04, 0.76, 0.1, 0.06, 0.31, -0.06, -0.71, 0.16, -0.94),
)
"""Missing, made, contradicted, by measure.POINT_FEATURES."""
POINT_BIAS = (0.44, -3.04, 2.6)

MISCONCEPTION = (1.17, 1.19, 0.67, -0.19, 0.4)
"""By measure.MISCONCEPTION_FEATURES."""
MISCONCEPTION_BIAS = 1.07
HEARD_READ = 0.4
"""Share from which a misconception counts as heard."""

LEVEL = Head((1.0, 1.0, 1.0, -1.0, 1.0), (1.0, 2.0))
"""By policy.LEVEL_FEATURES."""
REFERENCE_LEVEL = LEVEL
"""The same where the points are the sentences of a model answer."""
