"""The batch, with a grader that is quick and can be told to fail."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.bank import Bank
from interviewer.errors import BatchError, EmbeddingError
from interviewer.grading.batch import (
    Done,
    Questions,
    count_rows,
    grade_file,
    grade_stream,
    read_questions,
    read_rows,
)
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


class Counting:
    """Grades by length; refuses 'nothing', breaks on 'crash', gives out after ``limit``."""

    name = "counting"

    def __init__(self, limit: int | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.limit = limit

    def grade(self, question: Question, answer: Answer) -> Graded:
        if len(self.asked) == self.limit:
            raise KeyboardInterrupt
        self.asked.append((question.prompt, answer.text))
        if answer.text == "nothing":
            return Ungraded(ungraded="There is nothing to grade.")
        if answer.text == "crash":
            raise ZeroDivisionError("by zero")
        return Grade(
            level=Level.OK,
            score=0.5,
            confidence=0.5,
            verdicts=(),
            feedback=Feedback(summary=answer.text),
            provenance=Provenance(grader=self.name, policy="1"),
        )


def row(answer: object = "fine", question_id: object = "pca", **more: object) -> dict[str, Any]:
    return more | {"question_id": question_id, "answer": answer}


def lines(*rows: object) -> list[bytes]:
    return [json.dumps(item).encode() + b"\n" for item in rows]


def output(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def asked(bank: Bank) -> Questions:
    return Questions(bank)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


@pytest.fixture
def grade(asked: Questions, target: Path) -> Callable[..., list[Done]]:
    def run(source: list[bytes], grader: Counting | None = None) -> list[Done]:
        return list(grade_file(source, target, grader or Counting(), asked))

    return run


Run = Callable[..., list[Done]]


def test_each_row_gets_a_row_in_order(grade: Run, target: Path) -> None:
    done = grade(lines(row("a", id="x"), row("b", id=7), row("c")))
    assert [item.outcome for item in done] == ["graded"] * 3
    rows = output(target)
    assert [item.get("id") for item in rows] == ["x", 7, None]
    assert [item["grade"]["feedback"]["summary"] for item in rows] == ["a", "b", "c"]
    assert {item["question_id"] for item in rows} == {"pca"}
    assert rows[0]["grade"]["level"] == "ok"
    assert rows[0]["grade"].keys() >= {"score", "confidence", "verdicts"}


def test_a_follow_up_is_asked_by_number_or_id(grade: Run, target: Path, bank: Bank) -> None:
    grader = Counting()
    second = bank["pca"].follow_ups[1]
    grade(lines(row(follow_up=2), row(follow_up=second.id), row(follow_up=None)), grader)
    assert [prompt for prompt, _ in grader.asked] == [second.ask, second.ask, bank["pca"].prompt]
    assert [item.get("follow_up") for item in output(target)] == [2, second.id, None]


BAD = [
    (b"{not json\n", "not JSON"),
    (b"[1]\n", "not a JSON object"),
    (b'"text"\n', "not a JSON object"),
    (b'{"question_id": "pca", "answer": "caf\xe9"}\n', "not UTF-8"),
    (b"[" * 100_000 + b"\n", "not JSON"),
    (b'{"question_id": "pca", "answer": ' + b"9" * 5000 + b"}\n", "not JSON"),
    *(
        (line, message)
        for (line,), message in [
            (lines({"answer": "a"}), '"question_id" is missing'),
            (lines({"question_id": "pca"}), '"answer" is missing'),
            (lines(row(None)), '"answer" is missing'),
            (lines(row(["a"])), '"answer" is not a text'),
            (lines(row(1)), '"answer" is not a text'),
            (lines(row("a", 5)), '"question_id" is not a text'),
            (lines(row("a", id={"a": 1})), '"id" is not'),
            (lines(row("a", id=True)), '"id" is not'),
            (lines(row("a", follow_up=1.5)), '"follow_up" is not'),
            (lines(row("a", "pcaa")), "Did you mean pca"),
            (lines(row("a", follow_up=99)), "has no follow-up '99'"),
            (lines(row("nothing")), "nothing to grade"),
            (lines(row("crash")), "ZeroDivisionError"),
        ]
    ),
]


@pytest.mark.parametrize(("bad", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_a_bad_row_is_told_and_the_rest_goes_on(
    grade: Run, target: Path, bad: bytes, reason: str
) -> None:
    done = grade([*lines(row("a")), bad, *lines(row("b"))])
    assert [item.outcome for item in done] == ["graded", "ungraded", "graded"]
    assert done[1].line == 2
    assert reason in (done[1].note or "")
    middle = output(target)[1]
    assert reason in middle["ungraded"]
    assert "grade" not in middle


def test_a_bad_row_keeps_what_it_has_to_be_found_by(grade: Run, target: Path) -> None:
    grade(lines({"id": "x", "question_id": "pca"}))
    assert output(target)[0].keys() == {"id", "question_id", "ungraded"}


def test_blank_lines_and_a_byte_order_mark_are_no_rows(grade: Run, target: Path) -> None:
    done = grade([b"\xef\xbb\xbf" + lines(row("a"))[0], b"\n", b"  \r\n", *lines(row("b"))])
    assert [item.line for item in done] == [1, 4]
    assert len(output(target)) == 2


def test_a_last_line_without_an_end_is_a_row(grade: Run, target: Path) -> None:
    grade([lines(row("a"))[0].rstrip(b"\n")])
    assert len(output(target)) == 1


def test_a_model_that_cannot_be_loaded_ends_the_batch(asked: Questions, target: Path) -> None:
    class Broken(Counting):
        def grade(self, *_: object) -> Graded:
            raise EmbeddingError("no model")

    with pytest.raises(EmbeddingError):
        list(grade_file(lines(row()), target, Broken(), asked))


SOURCE = lines(*(row(f"answer {n}", id=n) for n in range(6)), row("nothing"), {"id": "bad"})


@pytest.mark.parametrize("kept", range(9))
def test_a_stopped_run_goes_on_where_it_was(grade: Run, target: Path, kept: int) -> None:
    grade(SOURCE)
    whole = target.read_bytes()
    target.write_bytes(b"".join(whole.splitlines(keepends=True)[:kept]))
    grader = Counting()
    done = grade(SOURCE, grader)
    assert target.read_bytes() == whole
    assert [item.outcome for item in done[:kept]] == ["kept"] * kept
    assert len(grader.asked) == max(0, 7 - kept)


@given(cut=st.integers(0, 10_000))
def test_a_file_cut_anywhere_is_made_whole(
    bank: Bank, tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    target = tmp_path_factory.mktemp("cut") / "out.jsonl"
    asked = Questions(bank)
    list(grade_file(SOURCE, target, Counting(), asked))
    whole = target.read_bytes()
    target.write_bytes(whole[: cut % (len(whole) + 1)])
    list(grade_file(SOURCE, target, Counting(), asked))
    assert target.read_bytes() == whole


def test_every_row_is_on_disk_before_the_next_is_graded(grade: Run, target: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        grade(SOURCE, Counting(limit=3))
    assert len(output(target)) == 3
    grader = Counting()
    grade(SOURCE, grader)
    assert [text for _, text in grader.asked] == ["answer 3", "answer 4", "answer 5", "nothing"]
    assert len(output(target)) == len(SOURCE)


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (lines(row("answer 0", id=1, ungraded="x")), 'its "id" is 1, the input has 0'),
        (lines(row("answer 0", "other", id=0, ungraded="x")), 'its "question_id"'),
        (lines({"id": 0, "question_id": "pca"}), "neither a grade nor a reason"),
        ([b"# my notes\n"], "not JSON"),
        (
            lines({"id": 0, "question_id": "pca", "ungraded": "x", "answer_hash": "0" * 16}),
            "made from another answer",
        ),
    ],
)
def test_a_file_of_something_else_is_never_written_over(
    grade: Run, target: Path, stored: list[bytes], reason: str
) -> None:
    target.write_bytes(b"".join(stored))
    with pytest.raises(BatchError, match=r"Remove the file, or choose another") as caught:
        grade(SOURCE)
    assert reason in str(caught.value)
    assert target.read_bytes() == b"".join(stored)


def test_rows_of_another_hand_are_taken_by_their_ids(grade: Run, target: Path) -> None:
    target.write_bytes(b"".join(lines({"id": 0, "question_id": "pca", "ungraded": "by hand"})))
    assert [item.outcome for item in grade(SOURCE)][:2] == ["kept", "graded"]


def test_answers_without_ids_are_told_apart(grade: Run, target: Path) -> None:
    grade(lines(row("first cohort")))
    with pytest.raises(BatchError, match="another answer"):
        grade(lines(row("second cohort")))


def test_more_rows_than_the_input_has_are_a_mismatch(grade: Run) -> None:
    grade(SOURCE)
    with pytest.raises(BatchError, match="the input has no such row"):
        grade(SOURCE[:-1])


def test_an_output_that_cannot_be_written_is_said(asked: Questions, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="cannot be written"):
        list(grade_file(SOURCE, tmp_path / "no" / "out", Counting(), asked))


def test_a_stream_gets_the_same_rows(asked: Questions, grade: Run, target: Path) -> None:
    grade(SOURCE)
    stream = io.BytesIO()
    list(grade_stream(SOURCE, stream, Counting(), asked))
    assert stream.getvalue() == target.read_bytes()


def test_questions_outside_the_bank(bank: Bank, target: Path) -> None:
    rows = [
        {"id": "Q 1/a", "prompt": "Why?", "model_answer": "Because of this."},
        {"id": "pca", "prompt": "What is it?", "model_answer": "Something else."},
    ]
    others = read_questions(io.BytesIO(b"".join(lines(*rows))), "questions.jsonl")
    asked = Questions(bank, others)
    assert asked.clashes == ("pca",)
    grader = Counting()
    source = lines(
        row("a", "Q 1/a"), row("b", "pca"), row("c", "nlp"), row("d", "pca", follow_up=1)
    )
    done = list(grade_file(source, target, grader, asked))
    assert [prompt for prompt, _ in grader.asked] == ["Why?", "What is it?"]
    assert output(target)[0]["question_id"] == "Q 1/a"
    assert "no follow-ups" in (done[3].note or "")


def test_every_bad_question_is_told_with_its_line() -> None:
    good = {"id": "a", "prompt": "Why?", "model_answer": "So."}
    stream = b"".join(lines(good, good, {"id": "b", "prompt": " ", "model_answer": "x"})) + b"{\n"
    with pytest.raises(BatchError) as caught:
        read_questions(io.BytesIO(stream), "q.jsonl")
    message = str(caught.value)
    assert "q.jsonl:2: the id 'a' is used twice." in message
    assert 'q.jsonl:3: needs "id", "prompt" and "model_answer"' in message
    assert "q.jsonl:4: it is not JSON" in message


@given(st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"") + b"\n")))
def test_whatever_comes_in_each_row_goes_out(bank: Bank, source: list[bytes]) -> None:
    stream = io.BytesIO()
    done = list(grade_stream(source, stream, Counting(), Questions(bank)))
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(rows) == len(done) == len(list(read_rows(source)))
    assert all("ungraded" in item for item in rows)


@given(st.text(min_size=1))
def test_any_answer_can_be_written(bank: Bank, text: str) -> None:
    stream = io.BytesIO()
    list(grade_stream(lines(row(text)), stream, Counting(), Questions(bank)))
    assert json.loads(stream.getvalue())["grade"]["feedback"]["summary"] == text


def test_rows_are_counted_without_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"\xef\xbb\xbf\n{}\n\n{}")
    assert count_rows(path) == 2


def test_the_input_is_read_as_it_is_graded(asked: Questions) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield lines(row())[0]

    stream = io.BytesIO()
    done = grade_stream(endless(), stream, Counting(), asked)
    next(done)
    next(done)
    assert len(taken) == 2
    assert stream.getvalue().count(b"\n") == 2
