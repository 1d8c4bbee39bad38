"""Fitted numbers of the embedded grader; ``evals/fit_embedded.py`` prints them again."""

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
