import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from interviewer.bank import Bank
from interviewer.resources import bank_folder
from tests.cli.conftest import Run, parsed

MINIMAL = "id: one\nprompt: What is overfitting?\nmodel_answer: It learns the noise too.\n"


@pytest.fixture
def own_bank(tmp_path: Path) -> Path:
    folder = tmp_path / "own" / "unfiled"
    folder.mkdir(parents=True)
    (folder / "one.yaml").write_text(MINIMAL)
    return folder.parent


def test_stats_are_the_figures_of_the_bank(run: Run, bank: Bank) -> None:
    stats = parsed(run("bank", "stats", "--json"))
    assert stats["questions"] == len(bank) >= 45
    assert stats["follow_ups"] == sum(len(item.follow_ups) for item in bank)
    assert stats["points"] == sum(len(item.points) for item in bank)
    assert stats["hash"] == bank.hash
    assert len(stats["topics"]) == 13
    assert min(stats["topics"].values()) >= 2
    for name, field in (("topics", "topic"), ("kinds", "kind"), ("levels", "level")):
        assert stats[name] == Counter(str(getattr(item, field)) for item in bank)
    assert stats["roles"] == Counter(role.value for item in bank for role in item.roles)


def test_the_installed_command_prints_json_alone(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "interviewer.cli", "bank", "stats", "--json"],
        cwd=root,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["questions"] >= 45
    assert done.stderr == ""


def test_lint_of_the_shipped_bank_is_clean(run: Run, bank: Bank) -> None:
    result = run("bank", "lint", "--no-model")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"{len(bank)} questions, 0 errors, 0 warnings"


def test_lint_names_file_and_field_and_fails(run: Run, own_bank: Path) -> None:
    result = run("bank", "lint", "--no-model", "--bank", own_bank)
    assert result.exit_code == 1
    assert str(own_bank / "unfiled" / "one.yaml") in result.stdout
    assert "error: rubric: is missing." in result.stdout
    assert "1 question, " in result.stdout.splitlines()[-1]
    result = run("bank", "lint", "--no-model", "--bank", own_bank, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["questions"] == 1
    assert report["errors"] == sum(item["severity"] == "error" for item in report["findings"])


def test_lint_tells_every_broken_file_with_its_line(run: Run, own_bank: Path) -> None:
    (own_bank / "two.yaml").write_text("id: two\nprompt: a\nmodel_answer: b\nlevle: advanced\n")
    result = run("bank", "lint", "--bank", own_bank)
    assert result.exit_code == 1
    assert "two.yaml:4: levle: 'levle' is not a field we know. Fix: Did you" in result.stdout
    report = json.loads(run("bank", "lint", "--bank", own_bank, "--json").stdout)
    assert report["findings"][0]["line"] == 4


def test_lint_finds_questions_that_ask_the_same(run: Run, own_bank: Path) -> None:
    (own_bank / "unfiled" / "two.yaml").write_text(MINIMAL.replace("one", "two"))
    assert "asks the same as 'two'" in run("bank", "lint", "--bank", own_bank).stdout
    assert "asks the same" not in run("bank", "lint", "--no-model", "--bank", own_bank).stdout


def test_a_broken_bank_stops_other_commands_with_one_message(run: Run, own_bank: Path) -> None:
    (own_bank / "unfiled" / "one.yaml").write_text("id: one\nprompt: a\n")
    result = run("bank", "list", "--bank", own_bank)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: unfiled/one.yaml:1: model_answer: is missing. Fix:" in result.stderr


def test_list_filters(run: Run, bank: Bank) -> None:
    rows = parsed(run("bank", "list", "--json"))
    assert [row["id"] for row in rows] == [item.id for item in bank]
    assert rows[0].keys() >= {"id", "prompt", "topic", "kind", "level"}
    rows = parsed(run("bank", "list", "--json", "--topic", "llm", "--role", "ai-engineer"))
    assert rows
    assert {row["topic"] for row in rows} == {"llm"}
    rows = parsed(run("bank", "list", "--json", "--kind", "coding", "--level", "advanced"))
    assert all((row["kind"], row["level"]) == ("coding", "advanced") for row in rows)
    assert bank["pca"].name in run("bank", "list").stdout
    assert "No question fits" in run("bank", "list", "--kind", "coding", "--topic", "nlp").stderr
    result = run("bank", "list", "--topic", "astrology")
    assert result.exit_code == 2
    assert "The topics are: fundamentals" in result.stderr


def test_show_prints_the_whole_question(run: Run, bank: Bank) -> None:
    question = bank["pca"]
    assert parsed(run("bank", "show", "pca", "--json")) == question.model_dump(mode="json")
    shown = " ".join(run("bank", "show", "pca").stdout.split())
    for text in (question.prompt, question.model_answer, question.points[0].claim):
        assert text in shown
    result = run("bank", "show", "pcaa")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Did you mean pca" in result.stderr


def test_search_gives_scored_rows(run: Run) -> None:
    rows = parsed(run("bank", "search", "kv", "cache", "--json", "--limit", "3"))
    assert len(rows) == 3
    assert rows[0]["id"] == "kv-cache"
    assert rows[0].keys() >= {"id", "prompt", "topic", "kind", "level", "score"}
    assert rows[0]["score"] >= rows[1]["score"] >= rows[2]["score"]
    assert "kv-cache" in run("bank", "search", "kv cache").stdout
    assert parsed(run("bank", "search", " ", "--json")) == []
    assert "Nothing found" in run("bank", "search", " ").stderr


def test_a_bank_of_your_own_replaces_or_extends(run: Run, bank: Bank, own_bank: Path) -> None:
    assert parsed(run("bank", "stats", "--json", "--bank", own_bank))["questions"] == 1
    stats = parsed(run("bank", "stats", "--json", "--add-bank", own_bank))
    assert stats["questions"] == len(bank) + 1
    assert stats["topics"]["unfiled"] == 1
    (row,) = parsed(run("bank", "list", "--json", "--add-bank", own_bank, "--topic", "unfiled"))
    assert row["id"] == "one"
    result = run("bank", "stats", "--bank", own_bank, "--add-bank", own_bank)
    assert result.exit_code == 2
    assert "either --bank or --add-bank" in result.stderr


def test_the_environment_chooses_a_bank_and_the_option_wins(
    run: Run, bank: Bank, own_bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERVIEWER_BANK", str(own_bank))
    assert parsed(run("bank", "stats", "--json"))["questions"] == 1
    monkeypatch.setenv("INTERVIEWER_BANK_MODE", "extend")
    assert parsed(run("bank", "stats", "--json"))["questions"] == len(bank) + 1
    assert parsed(run("bank", "stats", "--json", "--bank", own_bank))["questions"] == 1


def test_schema_is_printed_and_written(run: Run, own_bank: Path) -> None:
    assert parsed(run("bank", "schema"))["properties"]["prompt"]
    result = run("bank", "schema", "--write", "--bank", own_bank)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads((own_bank / "bank.schema.json").read_text()) == parsed(run("bank", "schema"))


def test_vectors_of_the_shipped_bank_are_counted_and_written(
    run: Run, own_bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(bank_folder() / "taxonomy.yaml", own_bank)
    monkeypatch.setattr("interviewer.resources.bank_folder", lambda: own_bank)
    counted = run("bank", "vectors").stdout
    assert counted.endswith("without a vector.\n")
    assert not counted.endswith(" 0 without a vector.\n")
    assert "Wrote" in run("bank", "vectors", "--write").stderr
    assert run("bank", "vectors").stdout.endswith(" 0 without a vector.\n")
    (own_bank / "vectors.npz").unlink()
    (own_bank / "vectors.npz").mkdir()
    refused = run("bank", "vectors", "--write")
    assert refused.exit_code != 0
    assert "cannot be written" in refused.stderr


def test_what_a_stranger_wrote_cannot_drive_the_terminal(run: Run, own_bank: Path) -> None:
    text = MINIMAL.replace(
        "What is overfitting?", '"What \\e]0;owned\\a [bold]is[/bold] \\u202e it?"'
    )
    (own_bank / "unfiled" / "one.yaml").write_text(text)
    for command in (("show", "one"), ("list",)):
        shown = run("bank", *command, "--bank", own_bank).stdout
        assert "\x1b]" not in shown
        assert "\u202e" not in shown
        assert "[bold]is[/bold]" in shown
