"""Measuring graders: labelled answers, runs, metrics, attacks, reports, the gate.

The answers themselves, the baselines and the figures lie in ``evals/``.
"""
