"""Fitted numbers of the embedded grader; ``evals/fit_embedded.py`` prints them again."""

COVERAGE = (12.52, 18.21, -1.75, 2.89, -1.12, -0.76)
"""For coverage.FEATURES: soft, soft_mean, exact, exact_mean, local, cosine."""
COVERAGE_BIAS = -14.42

CONTRAST = (3.26, 3.78, 2.01, 1.43, 0.96, -0.38)
"""For contrast.PAIR_FEATURES: margin, wrong, context, decisive, exact, weakest."""
CONTRAST_BIAS = -8.30

HEARD = 0.57
"""Conviction from which a misconception counts as heard."""

REFERENCE = 14.0
"""For the soft recall of one sentence of a model answer."""
REFERENCE_BIAS = -6.3
