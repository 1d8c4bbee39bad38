"""Running a grader: order, cache, going on, provenance, and what cannot be run."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from interviewer.bank import Bank
from interviewer.embedding import SentenceEncoder
from interviewer.errors import EvaluationError
from interviewer.evaluation import run as running
from interviewer.evaluation.graders import Bench
from interviewer.evaluation.results import Run
from interviewer.evaluation.run import Cache, fingerprint, questions_asked, run
from interviewer.model import (
    Answer,
    Feedback,
    Grade,
    Graded,
    Level,
    Provenance,
    Question,
    Ungraded,
)
from tests.evaluation.rows import case

CASES = tuple(case(f"pca/{number}", answer=f"answer {number}") for number in range(4))


class Counting:
    """Calls everything OK; refuses 'nothing'; gives out after ``limit``."""

    name = "counting"

    def __init__(self, limit: int | None = None) -> None:
        self.asked: list[str] = []
        self.limit = limit

    def grade(self, question: Question, answer: Answer) -> Graded:  # noqa: ARG002
        if len(self.asked) == self.limit:
            raise KeyboardInterrupt
        self.asked.append(answer.text)
        if answer.text == "nothing":
            return Ungraded(ungraded="There is nothing to grade.")
        return Grade(
            level=Level.OK,
            score=0.5,
            confidence=0.5,
            verdicts=(),
            feedback=Feedback(summary="Fine."),
            provenance=Provenance(grader=self.name, policy="1"),
        )


@pytest.fixture
def bench(bank: Bank) -> Bench:
    return Bench(bank, SentenceEncoder(), ())


Go = Callable[..., Run]


@pytest.fixture
def go(bench: Bench, tmp_path: Path) -> Go:
    def go(grader: Counting, cases=CASES, *, cache: Path | None = tmp_path / "cache") -> Run:
        return run(grader, cases, bench, split="dev", cache=cache)

    return go


def test_a_row_for_each_case_in_order(go: Go, bank: Bank) -> None:
    follow_up = bank["pca"].follow_ups[0].id
    cases = (*CASES, case("pca/9", answer="nothing", follow_up=follow_up, style="vague"))
    made = go(Counting(), cases)
    assert [row.case for row in made.rows] == [item.id for item in cases]
    assert {row.topic for row in made.rows} == {bank["pca"].topic}
    assert made.rows[0].outcome is not None
    assert made.rows[4].outcome is None
    assert made.rows[4].ungraded == "There is nothing to grade."
    assert (made.rows[4].style, made.rows[4].follow_up) == ("vague", follow_up)


def test_a_kept_grade_is_not_made_again(go: Go) -> None:
    first = go(Counting())
    grader = Counting(limit=0)
    again = go(grader)
    assert grader.asked == []
    assert [row.cached for row in again.rows] == [True] * 4
    assert [row.outcome for row in again.rows] == [row.outcome for row in first.rows]
    assert [row.seconds for row in again.rows] == [row.seconds for row in first.rows]


def test_without_a_folder_nothing_is_kept(go: Go, tmp_path: Path) -> None:
    go(Counting(), cache=None)
    grader = Counting()
    go(grader, cache=None)
    assert len(grader.asked) == 4
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_goes_on_where_it_was(go: Go) -> None:
    with pytest.raises(KeyboardInterrupt):
        go(Counting(limit=3))
    grader = Counting()
    made = go(grader)
    assert grader.asked == ["answer 3"]
    assert [row.cached for row in made.rows] == [True, True, True, False]


@pytest.mark.parametrize("lost", [1, 20, 200])
def test_a_line_cut_short_is_made_again(go: Go, tmp_path: Path, lost: int) -> None:
    go(Counting())
    (path,) = (tmp_path / "cache").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    grader = Counting()
    go(grader)
    assert 0 < len(grader.asked) + (lost == 1) <= 2
    grader = Counting()
    go(grader)
    assert grader.asked == []


def test_what_was_not_graded_is_tried_again(go: Go) -> None:
    cases = [case("pca/1", answer="nothing")]
    for _ in range(2):
        grader = Counting()
        go(grader, cases)
        assert grader.asked == ["nothing"]


def test_another_answer_or_question_is_another_grade(go: Go, bank: Bank) -> None:
    go(Counting())
    follow_up = bank["pca"].follow_ups[0].id
    changed = [
        CASES[0].model_copy(update={"answer": "answer 0!"}),
        CASES[1].model_copy(update={"follow_up": follow_up}),
        CASES[2].model_copy(update={"id": "pca/renamed"}),
    ]
    grader = Counting()
    go(grader, changed)
    assert grader.asked == ["answer 0!", "answer 1"]


def test_the_same_answer_is_graded_once(go: Go) -> None:
    grader = Counting()
    go(grader, [case("pca/1", answer="same"), case("pca/2", answer="same")])
    assert grader.asked == ["same"]


def test_every_step_is_told(bench: Bench) -> None:
    told: list[tuple[int, int]] = []
    run(Counting(), CASES, bench, split="dev", progress=lambda *step: told.append(step))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_run_says_where_it_comes_from(go: Go, bank: Bank, bench: Bench) -> None:
    info = go(Counting()).info
    assert (info.grader, info.split, info.bank_hash) == ("counting", "dev", bank.hash)
    assert info.identity == fingerprint(Counting(), bench)
    assert info.packages["numpy"]
    assert info.prompts_hash
    assert info.started.endswith("+00:00")


def test_the_commit_is_told_and_whether_files_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "interviewer" / "evaluation"
    package.mkdir(parents=True)
    file = package / "run.py"
    file.write_text("1")
    monkeypatch.setattr(running, "__file__", str(file))
    assert running._commit() == (None, None)
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "one")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)
    commit, dirty = running._commit()
    assert commit
    assert len(commit) == 12
    assert dirty is False
    file.write_text("2")
    assert running._commit() == (commit, True)


def test_code_that_decides_a_grade_is_part_of_its_key(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "interviewer"
    (package / "evaluation").mkdir(parents=True)
    (package / "grading" / "data").mkdir(parents=True)
    sources = [package / name for name in ("embedding.py", "model.py", "grading/data/weights.json")]
    for path in sources:
        path.write_text("1")
    monkeypatch.setattr(running, "__file__", str(package / "evaluation" / "run.py"))
    seen = {fingerprint(Counting(), bench)}
    for path in sources:
        path.write_text("2")
        seen.add(fingerprint(Counting(), bench))
    assert len(seen) == 4


def test_cases_whose_question_the_bank_lacks_are_named(bank: Bank, go: Go) -> None:
    lost = [case(f"no-such/{number}") for number in range(7)]
    cases = [*CASES, case("pca/9", follow_up="none-such"), *lost]
    with pytest.raises(EvaluationError) as caught:
        questions_asked(cases, bank)
    message = str(caught.value)
    assert "8 of 12 cases" in message
    assert "pca/9 (pca/none-such), no-such/0 (no-such)" in message
    assert "and 3 more" in message
    assert "--bank" in message
    grader = Counting()
    with pytest.raises(EvaluationError):
        go(grader, cases)
    assert grader.asked == []


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(EvaluationError, match="--no-cache"),
        Cache(tmp_path / "file" / "cache", "some").writing(),
    ):
        pass
