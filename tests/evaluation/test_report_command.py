"""``eval report`` and ``eval public`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from interviewer.cli import eval_report
from interviewer.cli.terminal import Commands
from interviewer.evaluation.results import write_run
from tests.evaluation.making import make_run
from tests.evaluation.test_public import graded, write

app = typer.Typer(cls=Commands)
app.command("report")(eval_report.report)
app.command("public")(eval_report.public)


@pytest.fixture
def run(encoder, monkeypatch):
    monkeypatch.setattr("interviewer.embedding.SentenceEncoder", lambda *_: encoder)

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return invoke


def test_runs_become_a_page(run, tmp_path, monkeypatch):
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    write_run(files[0], make_run(levels="swwo", truths="wwwo"))
    write_run(files[1], make_run(levels="wwww", truths="wwwo", grader="length"))
    page = tmp_path / "page.html"
    result = run("report", *files, "--out", page, "--open")
    assert result.exit_code == 0, result.output
    assert "Wrote" in result.stderr
    assert result.stdout == ""
    assert "tested" in page.read_text(encoding="utf-8")
    assert opened == [page.as_uri()]


@pytest.mark.parametrize("text", [None, "{}", '{"version": 99, "info": {}, "rows": []}'])
def test_what_is_no_run_is_refused(run, tmp_path, text):
    path = tmp_path / "run.json"
    if text is not None:
        path.write_text(text)
    result = run("report", path, "--out", tmp_path / "page.html")
    assert result.exit_code == 2
    assert "run.json" in result.stderr
    assert not (tmp_path / "page.html").exists()


def folder_of(tmp_path: Path) -> Path:
    rows = [row | {"s1": row["score"], "s2": row["score"]} for row in graded()]
    return write(tmp_path, "mohler", *rows)


def test_a_public_set_is_printed_beside_what_others_published(run, tmp_path):
    folder = folder_of(tmp_path)
    result = run("public", "--data", folder, "--set", "mohler", "--scorer", "length")
    assert result.exit_code == 0, result.output
    for said in ("CC-BY-4.0", "length", "second rater", "0.52", "Sultan", "RMSE of 5"):
        assert said in " ".join(result.stdout.split())


def test_as_json_it_has_every_figure(run, tmp_path):
    folder = folder_of(tmp_path)
    result = run("public", "--data", folder, "--set", "mohler", "--scorer", "length", "--json")
    found = json.loads(result.stdout)["mohler"]
    assert found["rmse_scale"] == 5
    assert [item["scorer"] for item in found["results"]] == ["second rater", "length"]
    assert found["results"][1]["pearson"]["low"] is not None
    assert {item["source"] for item in found["published"]} >= {"Sultan, Salazar & Sumner 2016"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "saf"], "Filighera et al. 2022"),
        (["--set", "guess"], "Known: mohler"),
        (["--set", "mohler", "--scorer", "guess"], "Known: length"),
    ],
)
def test_what_is_missing_is_named(run, tmp_path, words, said):
    result = run("public", "--data", folder_of(tmp_path), *words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
