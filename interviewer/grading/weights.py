"""Fitted numbers of the embedded grader; see ``evals/fit_embedded.py`` for the recipe."""

COVERAGE = (11.6, 18.8, -3.0, 1.9, 0.8, -1.9)
"""For coverage.FEATURES: soft, soft_mean, exact, exact_mean, local, cosine."""
COVERAGE_BIAS = -13.96

CONTRAST = (3.06, 3.33, 2.61, 2.13)
"""For contrast.PAIR_FEATURES: margin, wrong, context, decisive."""
CONTRAST_BIAS = -8.37

HEARD = 0.5
"""Conviction from which a misconception counts as heard."""

REFERENCE = 14.0
"""For the soft recall of one sentence of a model answer."""
REFERENCE_BIAS = -6.3
