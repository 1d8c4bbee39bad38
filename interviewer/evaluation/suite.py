"""One measurement put together: cases, bank, encoder, cache and seed; graders by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from interviewer.bank import Bank
from interviewer.embedding import Encoder
from interviewer.errors import EvaluationError
from interviewer.evaluation.cases import Case, Split, load_split
from interviewer.evaluation.graders import Bench, make_grader
from interviewer.evaluation.results import Run
from interviewer.evaluation.run import Progress, questions_asked, run
from interviewer.grading import Grader

Follow = Callable[[str], Progress]
"""Given what is being done, called with (done, all) after each step."""


@dataclass(frozen=True)
class Suite:
    """What every grader is measured with.

    Attributes:
        bench: What graders are made from.
        folder: Holds a file of cases a split.
        cache: Folder of kept grades; None keeps nothing.
        seed: Of attacks and intervals.
    """

    bench: Bench
    folder: Path
    cache: Path | None
    seed: int = 0

    @classmethod
    def open(
        cls,
        folder: Path,
        bank: Bank,
        encoder: Encoder,
        *,
        cache: Path | None,
        seed: int = 0,
        judge: str | None = None,
        replies: Path | None = None,
    ) -> Suite:
        """Read the train cases, which baselines are fitted on.

        Raises:
            EvaluationError: They are missing or malformed, or the bank lacks their questions.
        """
        train = load_split(folder, Split.TRAIN)
        questions_asked(train, bank)
        bench = Bench(bank, encoder, train, replies=replies, judge=judge)
        return cls(bench, folder, cache, seed)

    def cases(self, split: Split, *, limit: int | None = None) -> tuple[Case, ...]:
        """The cases of a split, or its first ``limit``.

        Raises:
            EvaluationError: They are missing, malformed or none.
        """
        found = load_split(self.folder, split)[:limit]
        if not found:
            raise EvaluationError(
                f"There is no case in {self.folder / split.value}.jsonl. "
                "Give another folder with --cases, or another split."
            )
        return found

    def grader(self, name: str) -> Grader:
        """The grader of that name.

        Raises:
            EvaluationError: There is none.
        """
        return make_grader(name, self.bench)

    def measure(
        self,
        grader: Grader,
        cases: Sequence[Case],
        split: Split,
        *,
        attacks: bool,
        follow: Follow | None = None,
    ) -> Run:
        """Grade every case, and with ``attacks`` every probe made from them.

        Raises:
            EvaluationError: The bank lacks a question, or the cache cannot be written.
        """
        made = run(
            grader,
            cases,
            self.bench,
            split=split.value,
            cache=self.cache,
            seed=self.seed,
            progress=follow("Grading") if follow else None,
        )
        if not attacks:
            return made
        from interviewer.evaluation.attacks import attack, probes

        rows = attack(
            grader,
            self.bench,
            probes(cases, self.bench.bank, seed=self.seed, encoder=self.bench.encoder),
            cache=self.cache,
            progress=follow("Attacking") if follow else None,
        )
        return made.model_copy(update={"probes": rows})
