import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interviewer.bank import Bank
from tests.cli.conftest import Run, parsed


@pytest.fixture
def answer(tmp_path: Path, bank: Bank) -> Path:
    path = tmp_path / "answer.txt"
    path.write_text(bank["regularization"].model_answer, encoding="utf-8")
    return path


def test_a_grade_as_json(run: Run, answer: Path, bank: Bank) -> None:
    report = parsed(run("grade", "regularization", "--answer", answer, "--json"))
    assert report.keys() == {"question_id", "grade"}
    grade = report["grade"]
    assert grade["level"] == "strong"
    assert 0 <= grade["score"] <= 1
    assert 0 <= grade["confidence"] <= 1
    assert grade.keys() >= {"misconceptions", "reasons", "feedback", "provenance"}
    assert grade["provenance"]["bank_hash"] == bank.hash
    assert {item["point_id"] for item in grade["verdicts"]} == {
        point.id for point in bank["regularization"].points
    }
    text = answer.read_text()
    covered = [item for item in grade["verdicts"] if item["status"] == "covered"]
    for verdict in covered:
        span = verdict["evidence"]["span"]
        assert verdict["evidence"]["quote"] == text[span["start"] : span["end"]]


def test_an_answer_from_stdin_to_a_follow_up(run: Run, bank: Bank) -> None:
    follow_up = bank["regularization"].follow_ups[1]
    text = follow_up.model_answer
    for which in ("2", follow_up.id):
        result = run(
            "grade", "regularization", "--answer", "-", "--follow-up", which, "--json", stdin=text
        )
        report = parsed(result)
        assert report["follow_up"] == follow_up.id
        assert report["grade"]["level"] == "strong"


def test_a_grade_for_people(run: Run, answer: Path) -> None:
    shown = run("grade", "regularization", "--answer", answer)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Strong  score ")
    assert "✓ covered" in shown.stdout
    assert (
        "A better answer"
        in run(
            "grade", "regularization", "--answer", "-", stdin="It makes the model better somehow."
        ).stdout
    )


def test_what_cannot_be_graded_is_no_error(run: Run) -> None:
    report = parsed(run("grade", "pca", "--answer", "-", "--json", stdin=" \n"))
    assert report.keys() == {"question_id", "ungraded"}
    shown = run("grade", "pca", "--answer", "-", stdin="")
    assert (shown.exit_code, shown.stdout[:11]) == (0, "Not graded.")


def test_a_question_with_only_a_model_answer_is_graded(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    model_answer = (
        "A confusion matrix counts predictions by true and predicted class. "
        "Its diagonal holds the correct predictions."
    )
    (folder / "one.yaml").write_text(
        f"id: one\nprompt: What is a confusion matrix?\nmodel_answer: {model_answer}\n"
    )
    command = ("grade", "one", "--bank", folder, "--answer", "-")
    good = parsed(run(*command, "--json", stdin=model_answer))
    bad = parsed(run(*command, "--json", stdin="It is some kind of table I have once seen."))
    assert good["grade"]["level"] in {"ok", "strong"}
    assert bad["grade"]["level"] == "weak"
    assert "Its diagonal holds the correct" in run(*command, stdin=model_answer).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("grade", "pcaa", "--answer", "-"), "Did you mean pca"),
        (("grade", "pca", "--answer", "-", "--follow-up", "9"), "has no follow-up '9'. It has: 1"),
        (
            ("grade", "pca", "--answer", "-", "--grader", "gpt"),
            "The graders are: auto, embedded, combined.",
        ),
        (("grade", "pca", "--answer", "no-such-file"), "cannot be read"),
        (("grade", "pca"), "answer"),
        (("grade-batch", "no-such-file", "-"), "'no-such-file' cannot be read"),
        (
            ("grade-batch", "-", "-", "--grader", "gpt"),
            "The graders are: auto, embedded, combined.",
        ),
        (("grade-batch", "same", "./same"), "are the same file"),
        (("grade-batch", "-", "-", "--questions", "no-such-file"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_code_2(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    result = run(*arguments, stdin="")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr


def test_an_answer_that_is_not_utf8_is_said(run: Run) -> None:
    result = run("grade", "pca", "--answer", "-", stdin=b"caf\xe9")
    assert result.exit_code == 2
    assert "not UTF-8" in result.stderr


def rows_of(bank: Bank, *names: str) -> list[str]:
    return [
        json.dumps({"id": name, "question_id": name, "answer": bank[name].model_answer})
        for name in names
    ]


def test_a_batch_from_file_to_file(run: Run, bank: Bank, tmp_path: Path) -> None:
    source, target, own = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "own.jsonl"))
    outside = {"id": "my question", "question_id": "my question", "answer": "Because it rains."}
    source.write_text("\n".join((*rows_of(bank, "pca"), "{bad", json.dumps(outside))) + "\n")
    own.write_text(
        json.dumps({"id": "my question", "prompt": "Why?", "model_answer": "Because it rains."})
        + "\n"
        + json.dumps({"id": "p-value", "prompt": "Why?", "model_answer": "So."})
    )
    result = run("grade-batch", source, target, "--questions", own)
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"{source}:2: not graded: The row cannot be used: it is not JSON" in result.stderr
    assert "The bank has a question 'p-value' too" in result.stderr
    assert "2 graded, 1 not graded." in result.stderr
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert [row.get("id") for row in rows] == ["pca", None, "my question"]
    assert rows[0]["grade"]["level"] == "strong"
    again = run("grade-batch", source, target, "--questions", own)
    assert "0 graded, 0 not graded, 3 kept from before." in again.stderr
    target.write_text("something else\n")
    assert run("grade-batch", source, target).exit_code == 2
    assert target.read_text() == "something else\n"


def test_a_batch_from_stdin_to_stdout(run: Run, bank: Bank) -> None:
    result = run("grade-batch", "-", "-", stdin="\n".join(rows_of(bank, "pca", "p-value")))
    assert result.exit_code == 0
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["pca", "p-value"]


def test_the_batch_gives_the_same_grade_as_the_command(run: Run, bank: Bank, answer: Path) -> None:
    alone = parsed(run("grade", "regularization", "--answer", answer, "--json"))
    batch = run("grade-batch", "-", "-", stdin=rows_of(bank, "regularization")[0])
    assert json.loads(batch.stdout)["grade"] == alone["grade"]


def test_a_killed_batch_goes_on(root: Path, bank: Bank, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    names = [question.id for question in bank][:8]
    source.write_text("\n".join(rows_of(bank, *names)) + "\n")
    command = [sys.executable, "-m", "interviewer.cli", "grade-batch", str(source), str(target)]
    first = subprocess.Popen(
        command, cwd=root, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not target.exists() or target.read_bytes().count(b"\n") < 2:
        assert first.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = target.read_bytes()
    kept = before.count(b"\n")
    with target.open("ab") as stream:
        stream.write(b'{"id": "half')
    done = subprocess.run(
        command, cwd=root, env=os.environ, capture_output=True, text=True, check=True, timeout=200
    )
    assert done.stdout == ""
    assert f"{len(names) - kept} graded, 0 not graded" in done.stderr
    assert target.read_bytes().startswith(before)
    assert [json.loads(line)["id"] for line in target.read_text().splitlines()] == names
