"""Words that a bank shares with another text, in the same order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from interviewer.bank.lint import Finding, texts_in
from interviewer.bank.load import Bank

RUN = 8
"""So many words in a row that stand in another text too are copied."""


def shared_runs(bank: Bank, texts: Mapping[str, str]) -> list[Finding]:
    """Findings for words of a question that stand in another text in the same order.

    Args:
        bank: The questions.
        texts: Other texts by name.
    """
    runs: dict[tuple[str, ...], str] = {}
    for name, text in texts.items():
        for run in _runs(text):
            runs.setdefault(run, name)
    findings = []
    for question in bank:
        for text in texts_in(question.model_dump()):
            run = next((item for item in _runs(text) if item in runs), ())
            if run:
                said = " ".join(run)
                findings.append(Finding(question.id, "text", f"'{said}' stands in {runs[run]}."))
    return findings


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    tokens = re.findall(r"[\w']+", text.lower())
    return (tuple(tokens[at : at + RUN]) for at in range(len(tokens) - RUN + 1))
