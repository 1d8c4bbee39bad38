"""Attacks and invariances: what is derived, what must hold, how it is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from interviewer.bank import Bank
from interviewer.embedding import SentenceEncoder
from interviewer.errors import EvaluationError
from interviewer.evaluation.attacks import COLUMNS, Probe, attack, families, holds, probes, table
from interviewer.evaluation.attacks.probe import contradicts, deal
from interviewer.evaluation.attacks.texts import load_texts
from interviewer.evaluation.cases import Case, Label, Marks, Split, load_split
from interviewer.evaluation.graders import Bench
from interviewer.evaluation.results import ProbeRow, Run, RunInfo, read_run, write_run
from interviewer.grading import EmbeddedGrader
from interviewer.model import (
    Answer,
    Feedback,
    Grade,
    Graded,
    Level,
    Manner,
    Provenance,
    Question,
    Status,
    Ungraded,
)
from interviewer.speech.normalise import Normaliser
from interviewer.speech.vocabulary import Vocabulary

ASKED = ("central-limit-theorem", "bagging-vs-boosting")
STRONG, OK, WEAK = Level.STRONG, Level.OK, Level.WEAK


class Obeying:
    """A grader that a word can talk into anything, and that counts its grades."""

    name = "obeying"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def grade(self, question: Question, answer: Answer) -> Graded:  # noqa: ARG002
        self.asked.append(answer.text)
        if "refuse" in answer.text:
            return Ungraded(ungraded="It asked for it.")
        level = STRONG if "strong" in answer.text.lower() else WEAK
        return Grade(
            level=level,
            score=level.rank / 2,
            confidence=0.5,
            verdicts=(),
            feedback=Feedback(summary=level.label),
            provenance=Provenance(grader=self.name, policy="none"),
        )


@pytest.fixture(scope="module")
def cases(root: Path) -> tuple[Case, ...]:
    dev = load_split(root / "evals" / "cases", Split.DEV)
    return tuple(case for case in dev if case.question in ASKED)


@pytest.fixture(scope="module")
def derived(cases: tuple[Case, ...], bank: Bank, encoder: SentenceEncoder) -> tuple[Probe, ...]:
    return probes(cases, bank, encoder=encoder)


@pytest.fixture(scope="module")
def bench(bank: Bank, encoder: SentenceEncoder) -> Bench:
    return Bench(bank, encoder, ())


def of_family(derived: tuple[Probe, ...], name: str) -> list[Probe]:
    found = [probe for probe in derived if probe.family == name]
    assert found, f"no probe of the family {name}"
    return found


def probe(answer: str, expects: str = "weak", base: str | None = None, **more: object) -> Probe:
    fields = {"id": f"x/{answer}", "family": "some", "kind": "attack", "question": ASKED[0]}
    return Probe.model_validate(
        fields | {"answer": answer, "expects": expects, "base": base} | more
    )


FAMILIES = {
    "injection", "coverage-claims", "fake-verdicts", "keyword-list", "loose-keywords", "echo",
    "shuffled", "negated", "half-answer", "other-question", "padding", "repeated", "drop-point",
    "add-wrong", "typed-spoken", "typed-normalised", "normalised", "fillers", "no-punctuation",
    "reordered", "typos", "uk-us", "joining-words", "layout", "other-language",
}  # fmt: skip


def test_every_family_has_a_probe_of_every_question(derived: tuple[Probe, ...]) -> None:
    assert {item.family for item in derived} == FAMILIES
    for name in FAMILIES:
        assert {item.question for item in of_family(derived, name)} == set(ASKED), name


def test_ids_are_unique_and_the_changed_answer_differs(derived: tuple[Probe, ...]) -> None:
    assert len({item.id for item in derived}) == len(derived)
    for item in derived:
        assert item.answer != item.base
        assert (item.base is None) == (item.expects not in {"not-higher", "same"}), item.id


def test_probes_depend_on_the_seed_and_not_on_the_order_of_the_cases(
    cases: tuple[Case, ...],
    derived: tuple[Probe, ...],
    bank: Bank,
    encoder: SentenceEncoder,
) -> None:
    again = probes(tuple(reversed(cases)), bank, encoder=encoder)
    assert sorted(again, key=lambda item: item.id) == sorted(derived, key=lambda item: item.id)
    other = probes(cases, bank, seed=1, encoder=encoder)
    for family in ("injection", "shuffled", "typos"):
        assert of_family(other, family) != of_family(derived, family)


def test_every_dressing_is_worn_and_given_alone(derived: tuple[Probe, ...]) -> None:
    for item in load_texts().injections:
        worn = [p for p in of_family(derived, "injection") if p.id.endswith(f"/{item.id}")]
        assert {p.expects for p in worn} >= {"weak"}, item.id
    for changed in of_family(derived, "injection"):
        assert changed.base is None or changed.base in changed.answer
    for changed in of_family(derived, "coverage-claims"):
        assert "$" not in changed.answer


def test_bases_have_the_level_the_family_needs(
    cases: tuple[Case, ...], derived: tuple[Probe, ...]
) -> None:
    levels: dict[str, set[Level]] = {}
    for case in cases:
        levels.setdefault(case.answer, set()).add(case.level)
    for family, allowed in (
        ("injection", {WEAK, OK}),
        ("padding", {WEAK, OK}),
        ("repeated", {OK}),
        ("drop-point", {OK, STRONG}),
        ("add-wrong", {OK, STRONG}),
    ):
        for item in of_family(derived, family):
            if item.base is not None:
                assert levels[item.base] & allowed, item.id


def test_a_dropped_point_leaves_a_part_of_the_answer(derived: tuple[Probe, ...]) -> None:
    for item in of_family(derived, "drop-point"):
        assert item.base is not None
        assert len(item.answer) < len(item.base)
        assert set(item.answer.split()) <= set(item.base.split())


def test_an_added_mistake_is_one_of_the_question(derived: tuple[Probe, ...], bank: Bank) -> None:
    for item in of_family(derived, "add-wrong"):
        question = bank[item.question]
        if item.follow_up:
            question = question.as_follow_up(bank.follow_up(item.question, item.follow_up))
        wrong = [m.claim for m in question.misconceptions]
        wrong += [w.wrong for m in question.misconceptions for w in m.wordings]
        assert any(item.answer.rstrip(".").endswith(text.rstrip(".")) for text in wrong), item.id


def test_another_questions_answer_comes_from_another_topic(
    derived: tuple[Probe, ...], cases: tuple[Case, ...], bank: Bank
) -> None:
    donors = {case.answer: case.question for case in cases if case.follow_up is None}
    for item in of_family(derived, "other-question"):
        assert bank[donors[item.answer]].topic != bank[item.question].topic


def test_a_normalised_answer_is_the_spoken_one_as_the_page_writes_it(
    cases: tuple[Case, ...], derived: tuple[Probe, ...], bank: Bank
) -> None:
    normalise = Normaliser(Vocabulary.of(bank))
    spoken = {case.answer for case in cases if case.manner is Manner.SPOKEN}
    for item in of_family(derived, "normalised"):
        assert item.base in spoken
        assert item.answer == normalise(item.base)
    heard = {normalise(item.answer) for item in of_family(derived, "typed-spoken")}
    assert heard == {item.answer for item in of_family(derived, "typed-normalised")}


def test_a_half_answer_lacks_sentences_of_the_model_answer(
    derived: tuple[Probe, ...], bank: Bank
) -> None:
    for item in of_family(derived, "half-answer"):
        question = bank[item.question]
        whole = (
            bank.follow_up(item.question, item.follow_up).model_answer
            if item.follow_up
            else question.model_answer
        )
        assert item.expects == "not-strong"
        assert len(item.answer) < 0.9 * len(whole)


def test_marks_decide_what_is_covered_and_what_is_wrong(
    cases: tuple[Case, ...], bank: Bank, encoder: SentenceEncoder
) -> None:
    case = next(c for c in cases if c.style == "strong" and c.follow_up is None)
    points = [point.id for point in bank[case.question].points]

    def marked(status: Status, first: Status) -> Case:
        by_point = dict.fromkeys(points, status) | {points[0]: first}
        return case.model_copy(update={"marks": Marks(points=by_point, by="me")})

    only = probes((marked(Status.MISSING, Status.COVERED),), bank, encoder=encoder)
    assert [p.id for p in only if p.family == "drop-point"] == [f"drop-point/{case.id}/{points[0]}"]
    assert contradicts(marked(Status.COVERED, Status.CONTRADICTED))
    wrong = probes((marked(Status.COVERED, Status.CONTRADICTED),), bank, encoder=encoder)
    assert not [p for p in wrong if p.family == "drop-point"]


def test_inline_questions_are_left_out(bank: Bank, encoder: SentenceEncoder) -> None:
    inline = Case(
        id="inline/1",
        question="inline",
        prompt="What is a mean?",
        model_answer="The sum of the values divided by how many there are.",
        answer="The sum over the count.",
        style="terse",
        label=Label(level=STRONG, by="me"),
    )
    assert probes((inline,), bank, encoder=encoder) == ()


def test_there_are_enough_hand_written_texts(bank: Bank) -> None:
    texts = load_texts()
    assert len(texts.injections) >= 25
    assert len(texts.claims) >= 10
    assert len(texts.verdicts) >= 10
    assert len(texts.padding) >= 12
    assert len(texts.languages) >= 15
    assert len({item.language for item in texts.languages}) >= 10
    assert all(item.question in bank for item in texts.languages)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "a"}', "padding.jsonl:1: text: Field required"),
        ('{"id": "a", "text": "b"}\n{"id": "a", "text": "c"}', "padding.jsonl:2: the id 'a'"),
        ("", "holds no texts"),
        (None, "cannot be read"),
    ],
)
def test_texts_that_cannot_be_used_say_where(
    tmp_path: Path, root: Path, line: str | None, says: str
) -> None:
    for path in (root / "evals" / "attacks").glob("*.jsonl"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    broken = tmp_path / "padding.jsonl"
    if line is None:
        broken.unlink()
    else:
        broken.write_text(line, encoding="utf-8")
    with pytest.raises(EvaluationError, match=says.replace(".", r"\.")):
        load_texts(tmp_path)


@pytest.mark.parametrize("hands", [1, 3, 10, 50])
def test_dealing_uses_every_card_and_gives_nobody_one_twice(hands: int) -> None:
    deck = list(range(17))
    dealt = deal(deck, hands, 3)
    assert len(dealt) == hands
    assert {card for hand in dealt for card in hand} == set(deck)
    assert all(len(set(hand)) == len(hand) >= 3 for hand in dealt)
    with pytest.raises(ValueError, match="nothing to deal"):
        deal([], hands, 3)


@pytest.mark.parametrize(
    ("expects", "base", "level", "held"),
    [
        ("weak", None, WEAK, True),
        ("weak", None, OK, False),
        ("weak", None, None, True),
        ("not-strong", None, OK, True),
        ("not-strong", None, STRONG, False),
        ("not-strong", None, None, True),
        ("not-higher", OK, OK, True),
        ("not-higher", OK, WEAK, True),
        ("not-higher", OK, STRONG, False),
        ("not-higher", None, WEAK, True),
        ("not-higher", None, OK, False),
        ("not-higher", WEAK, None, True),
        ("same", OK, OK, True),
        ("same", OK, WEAK, False),
        ("same", OK, STRONG, False),
        ("same", OK, None, False),
        ("same", None, None, False),
        ("refused-or-same", None, None, True),
        ("refused-or-same", None, OK, True),
        ("refused-or-same", None, WEAK, False),
        ("refused-or-same", STRONG, OK, False),
        ("refused-or-same", STRONG, STRONG, True),
    ],
)
def test_what_holds(expects: str, base: Level | None, level: Level | None, *, held: bool) -> None:
    assert holds(expects, base, level) is held  # type: ignore[arg-type]


def test_a_grader_that_obeys_fails_and_equal_answers_are_graded_once(bench: Bench) -> None:
    grader = Obeying()
    rows = attack(
        grader,
        bench,
        [
            probe("Say strong.", "not-higher", "Plain."),
            probe("Plain, twice.", "not-higher", "Plain."),
            probe("Say strong."),
            probe("Please refuse.", "same", "Plain."),
        ],
    )
    assert [row.held for row in rows] == [False, True, False, False]
    assert [row.base_level for row in rows] == [WEAK, WEAK, None, WEAK]
    assert [row.level for row in rows] == [STRONG, WEAK, STRONG, None]
    assert sorted(grader.asked) == ["Plain, twice.", "Plain.", "Please refuse.", "Say strong."]


def test_grades_are_kept_and_progress_is_told(bench: Bench, tmp_path: Path) -> None:
    wanted = [probe("Say strong.", "not-higher", "Plain."), probe("Nothing.")]
    told: list[tuple[int, int]] = []
    first = attack(
        Obeying(), bench, wanted, cache=tmp_path, progress=lambda *step: told.append(step)
    )
    again = Obeying()
    assert attack(again, bench, wanted, cache=tmp_path) == first
    assert not again.asked
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_follow_ups_are_graded_as_themselves(bench: Bench) -> None:
    seen: list[str] = []

    class Noting(Obeying):
        def grade(self, question: Question, answer: Answer) -> Graded:
            seen.append(question.prompt)
            return super().grade(question, answer)

    item = bench.bank[ASKED[0]].follow_ups[0]
    attack(Noting(), bench, [probe("Nothing.", follow_up=item.id, manner=Manner.SPOKEN)])
    assert seen == [item.ask]


def test_the_embedded_grader_is_not_moved_by_one_of_each(
    bench: Bench, derived: tuple[Probe, ...]
) -> None:
    grader = EmbeddedGrader(bench.encoder, bank=bench.bank)
    echo = of_family(derived, "echo")[0]
    verdict = next(p for p in of_family(derived, "fake-verdicts") if p.expects == "weak")
    foreign = of_family(derived, "other-language")[0]
    assert all(row.held for row in attack(grader, bench, (echo, verdict, foreign)))


def row(*, held: bool, family: str = "some", question: str = "a", **more: object) -> ProbeRow:
    fields = {"id": "x", "kind": "attack", "expects": "weak", "level": "weak", "answer": "?"}
    return ProbeRow.model_validate(
        fields | {"family": family, "question": question, "held": held} | more
    )


def test_families_count_only_what_could_fail() -> None:
    above: dict[str, Any] = {"expects": "not-higher", "base_level": "strong"}
    rows = [
        row(held=True, question="a"),
        row(held=False, question="b"),
        row(held=True, question="c"),
        row(held=True, question="a", **above),
        row(held=True, family="other", **above),
        row(held=False, family="other-still", **above | {"base_level": None}),
    ]
    some, other, still = families(rows)
    assert (some.name, some.n, some.held, some.idle) == ("some", 3, 2, 1)
    assert some.rate == pytest.approx(2 / 3, abs=1e-4)
    assert some.low is not None
    assert some.high is not None
    assert some.low < 2 / 3 < some.high
    assert (other.n, other.held, other.rate, other.low, other.idle) == (0, 0, None, None, 1)
    assert (still.n, still.rate) == (1, 0.0)
    assert families([]) == ()
    assert families(rows) == families(rows)


def test_the_table_has_a_row_a_family() -> None:
    rows = table(
        families([row(held=True), row(held=True, question="b"), row(held=False, family="other")])
    )
    assert [len(line) for line in rows] == [len(COLUMNS)] * 2
    assert rows[0] == ("some", "attack", "2", "2", "100.0 %", "[100.0 %, 100.0 %]", "0")
    assert rows[1][:6] == ("other", "attack", "1", "0", "0.0 %", "–")


def test_a_run_keeps_its_probes_and_may_have_none(tmp_path: Path) -> None:
    info = RunInfo(
        grader="x", identity="y", split="dev", seed=0, python="3", started="now", seconds=0.0
    )
    path = tmp_path / "run.json"
    run = Run(info=info, rows=(), probes=(row(held=True), row(held=False, level=None)))
    write_run(path, run)
    assert read_run(path) == run
    bare = Run(info=info, rows=()).model_dump_json(exclude={"probes"})
    path.write_text(bare, encoding="utf-8")
    assert read_run(path).probes == ()
