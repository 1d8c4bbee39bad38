"""Cases: the schema, the file, the question each answers."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from interviewer.bank import Bank
from interviewer.errors import EvaluationError, UnknownQuestion
from interviewer.evaluation.cases import (
    Case,
    Label,
    Split,
    load_split,
    questions_of,
    read_cases,
    write_cases,
)
from interviewer.model import Level, Manner
from interviewer.resources import evals_folder
from tests.evaluation.rows import OK, STRONG, WEAK, case


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


GOOD = case("pca/1").model_dump_json(exclude_none=True)


@given(
    st.lists(
        st.builds(
            case,
            st.integers(0, 10**6).map(lambda number: f"pca/{number}"),
            st.sampled_from(Level),
            st.text(
                st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "S"]), min_size=1
            ),
            manner=st.sampled_from(Manner),
        ),
        unique_by=lambda item: item.id,
        max_size=5,
    )
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, cases: list[Case]
) -> None:
    path = tmp_path_factory.mktemp("cases") / "dev.jsonl"
    write_cases(path, cases)
    assert read_cases(path) == tuple(cases)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json", "line: Invalid JSON"),
        (json.dumps({**json.loads(GOOD), "lable": 1}), "lable: Extra inputs"),
        (json.dumps({**json.loads(GOOD), "label": {"level": "good", "by": "a"}}), "label.level"),
        (json.dumps({**json.loads(GOOD), "id": "pca"}), "id: String should match"),
        (json.dumps({**json.loads(GOOD), "answer": ""}), "answer: String should have"),
        (GOOD, "the id 'pca/1' occurs twice"),
    ],
)
def test_a_malformed_line_is_told_with_its_place(tmp_path: Path, line: str, reason: str) -> None:
    path = written(tmp_path / "dev.jsonl", GOOD, "", line)
    with pytest.raises(EvaluationError) as caught:
        read_cases(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert reason in str(caught.value)


def test_a_file_that_is_missing_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="Give the folder with --cases"):
        load_split(tmp_path, Split.DEV)
    (tmp_path / "dev.jsonl").write_bytes(b"\xff\n")
    with pytest.raises(EvaluationError, match="cannot be read"):
        load_split(tmp_path, Split.DEV)


@pytest.mark.parametrize(
    ("second", "third", "level"),
    [
        (None, None, OK),
        (OK, None, OK),
        (WEAK, None, OK),
        (WEAK, STRONG, STRONG),
        (OK, WEAK, OK),
    ],
)
def test_the_third_labeller_decides_only_where_two_differ(
    second: Level | None, third: Level | None, level: Level
) -> None:
    labels = [given and Label(level=given, by="b") for given in (second, third)]
    found = case("pca/1", second=labels[0], third=labels[1])
    assert (found.level, found.agreed) == (level, second is not WEAK)


def test_an_answer_to_a_follow_up_is_graded_against_it(bank: Bank) -> None:
    follow_up = bank["pca"].follow_ups[0]
    asked = case("pca/1", follow_up=follow_up.id).asked(bank)
    assert (asked.prompt, asked.points) == (follow_up.ask, follow_up.points)
    assert case("pca/1").asked(bank) == bank["pca"]
    with pytest.raises(UnknownQuestion):
        case("pca/1", follow_up="no-such").asked(bank)


def test_an_inline_question_needs_no_bank(bank: Bank) -> None:
    inline = case("own/1", prompt="Why?", model_answer="Because of this.")
    asked = inline.asked(bank)
    assert (asked.id, asked.prompt) == ("own", "Why?")
    with pytest.raises(ValidationError, match="needs both"):
        case("own/1", prompt="Why?")
    with pytest.raises(ValidationError, match="follow_up belongs"):
        case("own/1", follow_up="x", prompt="Why?", model_answer="So.")


def test_the_shipped_cases_are_whole_and_their_splits_share_no_question(bank: Bank) -> None:
    splits = {split: load_split(evals_folder() / "cases", split) for split in Split}
    seen: set[str] = set()
    for cases in splits.values():
        assert cases
        assert not seen & questions_of(cases)
        seen |= questions_of(cases)
        by_id = {item.id: item for item in cases}
        for item in cases:
            asked = item.asked(bank)
            if item.marks:
                assert item.marks.points.keys() == {point.id for point in asked.points}
            if item.twin:
                assert by_id[item.twin].question == item.question
