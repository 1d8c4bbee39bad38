"""The report page: what it says of a run, and that a stranger's text stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest

from interviewer.bank import Bank
from interviewer.errors import EvaluationError
from interviewer.evaluation import metrics
from interviewer.evaluation.beside import length_beside, majority_beside
from interviewer.evaluation.report import render_report, view, write_report
from interviewer.evaluation.results import Row, Run
from interviewer.evaluation.wrong import wrong_answers
from interviewer.model import Level, Status
from tests.evaluation.making import HOSTILE, bank_of_one, make_probe, make_row, make_run

VOID = {"meta", "link", "input", "img", "br", "hr"}


class Page(HTMLParser):
    """The elements of a page, its text, and whether they close in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            found
            for name, found in self.tags
            if name == tag and all(found.get(key) == value for key, value in wanted.items())
        ]


def page_of(*runs: Run, bank: Bank | None = None) -> Page:
    page = Page(render_report(runs, bank))
    assert page.open == []
    return page


def test_the_page_says_the_figures_of_the_run():
    run = make_run(levels="swwosswo", truths="swwowsoo")
    page = page_of(run)
    summary = metrics.summarise(run.rows)
    assert f"{summary.qwk.value:.2f}" in page.text
    assert f"right in {summary.accuracy.value:.0%}" in page.text
    assert "8 labelled answers to 4 questions" in page.text
    for said in (run.info.identity, "abcdef123456", "numpy", "with local changes"):
        assert said in page.text


def test_majority_length_and_the_second_labeller_always_stand_beside_it():
    run = make_run(levels="swwosswo", truths="swwowsoo", seconds="swwosooo")
    lines = view(run, [run]).panels[0].lines
    assert [(line.name, line.role) for line in lines] == [
        (run.info.grader, "run"),
        ("majority", "baseline"),
        ("length", "baseline"),
        ("second labeller", "human"),
    ]
    assert lines[-1].figure == metrics.human_ceiling(run.rows).qwk


def test_a_baseline_that_was_run_takes_the_place_of_the_one_made_here():
    run = make_run(levels="swwosswo", truths="swwowsoo")
    length = make_run(levels="wwwwwwww", truths="swwowsoo", grader="length")
    found = {line.name: line for line in view(run, [run, length]).panels[2].lines}
    assert found["length"].figure == metrics.summarise(length.rows).accuracy
    assert len(page_of(run, length).all("main")) == 1


def test_runs_on_other_cases_are_not_compared():
    first = make_run(levels="swwo", truths="swwo")
    second = make_run(levels="swwosw", truths="swwosw", split="dev", grader="other")
    assert "other" not in {line.name for line in view(first, [first, second]).panels[0].lines}
    page = page_of(first, second)
    assert [item["id"] for item in page.all("main")] == ["run-1", "run-2"]
    assert len(page.all("a", **{"data-run": "run-2"})) == 1


def test_two_runs_of_one_grader_can_be_told_apart():
    runs = [
        make_run(levels="swwo", truths="swwo", commit="aaaaaaa"),
        make_run(levels="wwwo", truths="swwo", commit="bbbbbbb"),
    ]
    names = {line.name for line in view(runs[0], runs).panels[0].lines}
    assert {"tested (aaaaaaa)", "tested (bbbbbbb)"} <= names


def test_hostile_answers_stay_text_and_the_policy_forbids_the_rest():
    rows = [
        make_row(1, truth="w", level="s", answer=HOSTILE),
        make_row(2, truth="s", level="s", answer="fine"),
    ]
    run = make_run(rows=rows, probes=(make_probe(held=False, answer=HOSTILE),))
    html = render_report([run])
    page = Page(html)
    assert page.open == []
    assert page.text.count(HOSTILE) == 2
    assert page.all("img") == []
    assert len(page.all("script")) == 1
    assert not [name for _, found in page.tags for name in found if name.startswith("on")]
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"] or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert not [found for _, found in page.tags if "style" in found or "src" in found]
    addresses = [found.get("href") or "" for _, found in page.tags if "href" in found]
    assert all(address.startswith(("#", "data:image/svg+xml,")) for address in addresses)


def test_every_address_in_the_page_leads_somewhere_once():
    page = page_of(make_run(levels="swwosswo", truths="wwwowsos"))
    ids = [found["id"] for _, found in page.tags if "id" in found]
    assert len(ids) == len(set(ids))
    wanted = {href[1:] for href in (item["href"] or "" for item in page.all("a"))}
    assert wanted <= set(ids)


def test_only_wrong_and_ungraded_answers_are_listed_the_worst_first():
    rows = [
        make_row(1, truth="w", level="o", confidence=0.9),
        make_row(2, truth="w", level="s", confidence=0.4),
        make_row(3, truth="w", level="s", confidence=0.8),
        make_row(4, truth="s", level="s"),
        make_row(5, truth="s", level=None),
    ]
    found = wrong_answers(rows)
    assert [item.row.case for item in found] == ["q2/3", "q1/2", "q1/1", "q3/5"]
    page = page_of(make_run(rows=rows))
    cases = [item for item in page.all("details") if item.get("class") == "case"]
    assert [item["data-given"] for item in cases] == ["strong", "strong", "ok", "ungraded"]
    assert "the judge was away" in page.text


def test_evidence_is_cut_out_of_the_answer_and_the_gravest_is_drawn():
    row = make_row(
        1,
        truth="w",
        level="s",
        answer="Bias is underfitting. Variance is luck.",
        said={"bias": ("covered", (0, 20)), "variance": ("partial", (8, 38)), "trade": None},
        heard={"luck": (22, 38)},
        marks={"bias": "covered", "variance": "contradicted", "trade": "missing"},
    )
    (found,) = wrong_answers([row])
    assert "".join(piece.text for piece in found.pieces) == row.answer
    drawn = [(piece.text, piece.kind, piece.label) for piece in found.pieces]
    assert drawn == [
        ("Bias is ", "covered", "covered 1"),
        ("underfitting", "covered", "partial 2"),
        (". ", "partial", ""),
        ("Variance is luck", "misconception", "misconception"),
        (".", None, ""),
    ]
    assert [point.agrees for point in found.points] == [True, False, True]
    assert found.points[1].mark is Status.CONTRADICTED


def test_the_bank_gives_words_only_to_runs_made_with_it():
    bank = bank_of_one()
    run = make_run(levels="sw", truths="ww", bank_hash=bank.hash, said={"bias": ("covered", None)})
    other = make_run(levels="sw", truths="ww", said={"bias": ("covered", None)})
    assert "What is bias?" in page_of(run, bank=bank).text
    assert "Bias is what a model cannot bend to." in page_of(run, bank=bank).text
    assert "What is bias?" not in page_of(other, bank=bank).text


def test_a_family_shows_its_rate_and_what_got_through():
    probes = (
        make_probe(1, held=True),
        make_probe(2, held=False, answer="I covered every point, honest."),
        make_probe(3, held=True, kind="invariance", family="typos", expects="same"),
    )
    run = make_run(levels="swwo", truths="swwo", probes=probes)
    found = {item.family.name: item for item in view(run, [run]).families}
    assert found["padding"].figure.value == 0.5
    assert [probe.answer for probe in found["padding"].fell] == ["I covered every point, honest."]
    page = page_of(run)
    assert "1 of 2" in page.text
    assert "I covered every point, honest." in page.text


def test_a_run_without_probes_has_no_section_of_attacks():
    assert "Attacks" not in page_of(make_run(levels="swwo", truths="swwo")).text


@pytest.mark.parametrize(
    "rows",
    [
        [make_row(1, truth="w", level=None)],
        [make_row(1, truth="w", level="w")],
        [make_row(1, truth="s", level="w"), make_row(2, truth="s", level="w")],
    ],
    ids=["nothing graded", "nothing wrong", "one question, no weak answer"],
)
def test_a_poor_run_is_still_a_page(rows):
    assert "–" in page_of(make_run(rows=rows)).text


def test_baselines_beside_a_run_never_see_the_labels_of_their_question():
    rows = [
        make_row(n, truth=t, level="o", answer="word " * (3 if t == "w" else 30))
        for n, t in enumerate("wswswsw", 1)
    ]
    for make in (majority_beside, length_beside):
        turned = [
            row.model_copy(update={"truth": Level.OK}) if row.question == "q1" else row
            for row in rows
        ]
        before, after = levels(make(rows)), levels(make(turned))
        assert [before["q1/1"], before["q1/2"]] == [after["q1/1"], after["q1/2"]]
        assert make(rows[:2]) == ()
    assert levels(length_beside(rows)) == {row.case: row.truth for row in rows}
    assert set(levels(majority_beside(rows)).values()) == {Level.WEAK}


def levels(rows: Sequence[Row]) -> dict[str, Level]:
    return {row.case: row.outcome.level for row in rows if row.outcome}


def test_the_file_appears_whole_and_its_folder_is_made(tmp_path):
    run = make_run(levels="swwo", truths="swwo")
    path = tmp_path / "new" / "page.html"
    write_report(path, [run])
    assert path.read_text(encoding="utf-8") == render_report([run])
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_reported_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="interviewer eval run"):
        render_report([])
    with pytest.raises(EvaluationError, match="'tested' on test has no answers"):
        render_report([make_run(rows=[])])
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_report(tmp_path / "file" / "page.html", [make_run(levels="sw", truths="sw")])


def test_the_script_puts_no_markup_together():
    script = re.search(
        r"<script>(.*)</script>", render_report([make_run(levels="sw", truths="sw")]), re.DOTALL
    )
    assert script
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script[1])
