import re
import socket
from pathlib import Path

import pytest

from interviewer.bank import Bank
from interviewer.interview.session import Phase
from interviewer.settings import load_settings
from interviewer.wiring import build
from tests.cli.conftest import Run, parsed

START = ("practice", "--questions", "2", "--seed", "1")


def resume_id(output: str) -> str:
    found = re.search(r"practice --session (\w+)", output)
    assert found, output
    return found[1]


def test_an_interview_from_hello_to_report(run: Run, bank: Bank) -> None:
    good = " ".join(bank["pca"].model_answer.split())
    talk = f"/hint\ncan you repeat the question\n\n{good}\n\n/skip\n/skip\n/end\n"
    result = run(*START, stdin=talk)
    assert result.exit_code == 0
    assert result.stdout.startswith("Graded by the embedded grader on this machine")
    assert "Notes" in result.stdout
    assert "A better answer" in result.stdout
    (row,) = parsed(run("sessions", "--json"))
    assert f"interviewer report {row['id']}" in result.stderr
    assert row["ended_at"]
    assert row["strong"] + row["ok"] + row["weak"] == 1
    report = parsed(run("report", row["id"], "--json"))
    assert report["facts"]["session_id"] == row["id"]
    assert report["rounds"][0]["answer"]["text"] == good
    markdown = run("report", row["id"], "--markdown").stdout
    assert markdown.startswith("# Interview report\n")
    assert run("report", row["id"]).stdout == markdown
    assert row["id"] in run("sessions").stdout


def test_leaving_saves_and_session_goes_on_there(run: Run, bank: Bank) -> None:
    first = run(*START, stdin="")
    assert first.exit_code == 0
    session_id = resume_id(first.stderr)
    parts = build(load_settings())
    before = parts.store.load(session_id)
    assert before.phase is Phase.LISTENING
    asked = before.rounds[0].prompt
    again = run("practice", "--session", session_id, stdin="/help\n/leave\n")
    assert asked in " ".join(again.stdout.split())
    assert parts.store.load(session_id) == before
    last = run("practice", "--session", session_id, stdin="/dont-know\n/end\n")
    assert last.stdout.count(asked[:40]) == 1
    assert parts.store.load(session_id).phase is Phase.ENDED
    over = run("practice", "--session", session_id, stdin="")
    assert over.exit_code == 0
    assert "is over" in over.stderr


def test_what_is_no_answer_is_refused_and_nothing_is_lost(run: Run) -> None:
    result = run(*START, stdin="!!! ???\n\n/nonsense\n/leave\n")
    assert "holds no words" in result.stderr
    assert "There is no command /nonsense" in result.stderr
    session = build(load_settings()).store.load(resume_id(result.stderr))
    assert session.rounds[0].replies == ()


def test_an_answer_cut_off_by_the_end_of_input_is_sent(run: Run) -> None:
    result = run(*START, stdin="PCA keeps the directions of largest variance\nand drops the rest")
    session = build(load_settings()).store.load(resume_id(result.stderr))
    assert session.rounds[0].replies[0].answer.text == (
        "PCA keeps the directions of largest variance\nand drops the rest"
    )


def test_a_turn_taken_elsewhere_is_told_and_the_words_are_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interviewer.cli.talk import Talk

    first = resume_id(run(*START, stdin="").stderr)
    really_listen = Talk._listen
    once: list[int] = []

    def meanwhile(talk: Talk, session: object) -> str:
        if not once:
            once.append(1)
            list(talk._parts.runner.answer(first, "please repeat the question"))
            return "my own long words about it"
        return really_listen(talk, session)  # type: ignore[arg-type]

    monkeypatch.setattr(Talk, "_listen", meanwhile)
    result = run("practice", "--session", first, stdin="/leave\n")
    assert result.exit_code == 0
    assert "my own long words about it" in result.stderr
    session = build(load_settings()).store.load(first)
    assert session.rounds[0].replies == ()


def test_a_mock_interview_gives_nothing_away(run: Run, bank: Bank) -> None:
    talk = "/hint\nI honestly only know that it is about data.\n\n/skip\n/skip\n/end\n"
    result = run(*START, "--mode", "mock", stdin=talk)
    assert "Notes" not in result.stdout
    assert "A better answer" not in result.stdout
    assert "Weak" not in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--topic", "astrology"), "There is no topic 'astrology'"),
        (("--session", "nothing"), "No session has the id 'nothing'"),
        (("--target", "no-such-file"), "cannot be read"),
        (("--minutes", "3"), "5"),
        (("--level", "expert"), "expert"),
        (("--grader", "gpt"), "The graders are: auto, embedded, combined."),
    ],
)
def test_a_plan_that_cannot_be_held_is_said(
    run: Run, options: tuple[str, ...], message: str
) -> None:
    result = run("practice", *options, stdin="")
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_target_aims_the_interview(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "job.txt"
    target.write_text("- Bayes' theorem and Bayesian inference\n")
    result = run("practice", "--target", target, "--questions", "1", "--seed", "3", stdin="")
    session = build(load_settings()).store.load(resume_id(result.stderr))
    assert session.rounds[0].question_id == "bayes-theorem"
    target.write_text("x" * 20_001)
    assert "20,001 characters" in run("practice", "--target", target, stdin="").stderr


def test_no_interview_yet_is_said(run: Run) -> None:
    assert parsed(run("sessions", "--json")) == []
    assert "No interview yet" in run("sessions").stderr


def test_a_report_of_nothing_is_said(run: Run) -> None:
    result = run("report", "nothing")
    assert (result.exit_code, result.stdout) == (2, "")
    assert run("report", "nothing", "--json", "--markdown").exit_code == 2


def test_a_port_in_use_is_said_with_the_fix(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", port)
    assert result.exit_code == 2
    assert f"Port {port} on 127.0.0.1 is in use." in result.stderr
    assert f"interviewer serve --port {port % 65535 + 1}" in result.stderr


def test_an_address_of_another_machine_is_said(run: Run) -> None:
    result = run("serve", "--host", "192.0.2.1", "--port", "7999")
    assert result.exit_code == 2
    assert "Give an address of this machine" in result.stderr


def test_serve_launches_the_page_with_what_was_chosen(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[tuple[str, int, dict[str, object]]] = []

    class Page:
        def block_thread(self) -> None:
            launched.append(("blocked", 0, {}))

    def launch(parts: object, **options: object) -> Page:
        settings = parts.settings  # type: ignore[attr-defined]
        launched.append((settings.host, settings.port, options))
        return Page()

    monkeypatch.setattr("interviewer.ui.launch", launch)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    result = run("serve", "--port", port, "--open")
    assert result.exit_code == 0
    assert f"http://localhost:{port}" in result.stdout
    assert launched[0] == ("127.0.0.1", port, {"open_browser": True, "block": False})
    assert launched[1][0] == "blocked"


def test_help_and_version(run: Run) -> None:
    from interviewer import __version__

    assert run("--version").stdout.strip() == __version__
    shown = run("--help").stdout
    for command in ("serve", "practice", "grade", "grade-batch", "bank", "report", "sessions"):
        assert command in shown


def test_a_setting_that_cannot_be_used_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERVIEWER_PORT", "many")
    result = run("bank", "stats", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "INTERVIEWER_PORT" in result.stderr
