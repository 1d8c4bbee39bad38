from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interviewer.bank import Bank, load_bank
from interviewer.bank.load import TAXONOMY_FILE
from interviewer.bank.question_file import MAX_FILE_BYTES
from interviewer.errors import BankError, Problem, QuestionFileError, UnknownQuestion
from interviewer.resources import bank_folder

MINIMAL = "id: one\nprompt: What is overfitting?\nmodel_answer: It learns the noise too.\n"

OwnBank = Callable[..., Path]


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(QuestionFileError) as caught:
        load_bank(folder)
    return caught.value.problems


def only_problem(folder: Path) -> Problem:
    (problem,) = problems(folder)
    return problem


def test_a_question_needs_only_a_prompt_and_a_model_answer(own_bank: OwnBank) -> None:
    bank = load_bank(own_bank(one=MINIMAL))
    assert [question.id for question in bank] == ["one"]
    assert bank["one"].model_answer == "It learns the noise too."
    assert bank["one"].points == ()


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        ("prompt: What?\nmodel_answer: That.\n", 1, "id", ("is missing", "Add 'id'")),
        (MINIMAL + "levle: advanced\n", 4, "levle", ("not a field", "Did you mean 'level'?")),
        (MINIMAL + "level: expert\n", 4, "level", ("'beginner'", "'advanced'")),
        (MINIMAL + "zzzzzz: 1\n", 4, "zzzzzz", ("not a field", "Remove it")),
        (MINIMAL + "title: 2024-01-01\n", 4, "title", ("quote it",)),
        (MINIMAL + "points: none\n", 4, "points", ("Write a list",)),
        (MINIMAL + "depth_share: 3\n", 4, "depth_share", ("less than or equal to 1",)),
        ("id: Not An Id\nprompt: a\nmodel_answer: b\n", 1, "id", ("small letters",)),
        ("id: one\nprompt: ' '\nmodel_answer: b\n", 2, "prompt", ("at least 1",)),
        (MINIMAL + "prompt: again\n", 4, "prompt", ("given twice", "Remove one")),
        (MINIMAL + "rubric:\n  strong: a\n  strong: b\n", 6, "rubric.strong", ("given twice",)),
        (
            MINIMAL + "points:\n  - id: p\n    tier: core\n    claim: a\n    wieght: 2\n",
            8,
            "points[0].wieght",
            ("Did you mean 'weight'?",),
        ),
        ("- a\n- b\n", 1, "file", ("not a mapping",)),
        ("", 1, "file", ("not a mapping",)),
        ("id: one\nprompt: Why: because\n", 2, "file", ("not valid YAML", "': '")),
        ("id: one\n\tprompt: tab\n", 2, "file", ("not valid YAML",)),
        ("id: one\n---\nid: two\n", 2, "file", ("not valid YAML",)),
        ("a: &x [*x]\n", 1, "file", ("alias", "Write the text out")),
        ("id: !!python/name:os.system one\n", 1, "file", ("not valid YAML",)),
    ],
)
def test_what_is_wrong_is_said_with_file_line_field_and_fix(
    own_bank: OwnBank, text: str, line: int, field: str, words: tuple[str, ...]
) -> None:
    problem = next(item for item in problems(own_bank(one=text)) if item.field == field)
    assert (problem.file, problem.line) == ("unfiled/one.yaml", line)
    assert problem.fix
    for part in words:
        assert part in f"{problem.message} {problem.fix}"
    assert str(problem).startswith(f"unfiled/one.yaml:{problem.line}: {problem.field}: ")


def test_a_file_that_is_not_utf8_names_the_line(own_bank: OwnBank) -> None:
    folder = own_bank(one=MINIMAL)
    (folder / "unfiled" / "one.yaml").write_bytes(b"id: one\nprompt: caf\xe9\n")
    problem = only_problem(folder)
    assert (problem.line, problem.fix) == (2, "Save it as UTF-8.")


def test_a_huge_file_is_refused_unread(own_bank: OwnBank) -> None:
    problem = only_problem(own_bank(one=MINIMAL + "# " + "x" * MAX_FILE_BYTES))
    assert "over 1 MB" in problem.message


@pytest.mark.parametrize("depth", [21, 5_000, 400_000])
def test_endless_nesting_is_a_problem_and_no_crash(own_bank: OwnBank, depth: int) -> None:
    problem = only_problem(own_bank(one="prompt: " + "[" * depth + "]" * depth))
    assert "nested over 20 deep" in problem.message


def test_aliases_that_multiply_are_a_problem_and_no_crash(own_bank: OwnBank) -> None:
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    problem = only_problem(own_bank(one="\n".join(["a0: &a0 [x]", *rows, "points: *a11"])))
    assert (problem.line, problem.field) == (2, "file")


def test_every_problem_of_every_file_is_told_at_once(own_bank: OwnBank) -> None:
    found = problems(own_bank(one="id: one\n", two="id: two\nprompt: a\n", three=MINIMAL))
    assert {(item.file, item.field) for item in found} >= {
        ("unfiled/one.yaml", "prompt"),
        ("unfiled/one.yaml", "model_answer"),
        ("unfiled/two.yaml", "model_answer"),
    }


def test_an_id_used_by_two_files_names_both(own_bank: OwnBank) -> None:
    problem = only_problem(own_bank(one=MINIMAL, two=MINIMAL))
    assert problem.file == "unfiled/two.yaml"
    assert "unfiled/one.yaml" in problem.message


def test_a_missing_folder_and_an_empty_one_are_said(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="no bank folder"):
        load_bank(tmp_path / "nowhere")
    with pytest.raises(BankError, match="holds no question"):
        load_bank(tmp_path)


def test_a_bank_of_your_own_replaces_or_extends_the_shipped_one(
    bank: Bank, own_bank: OwnBank
) -> None:
    changed = MINIMAL.replace("one", "regularization")
    folder = own_bank(one=MINIMAL, regularization=changed)
    assert {question.id for question in load_bank(folder)} == {"one", "regularization"}
    both = load_bank(folder, extending=bank_folder())
    assert len(both) == len(bank) + 1
    assert both["regularization"].prompt == "What is overfitting?"
    assert both["pca"] == bank["pca"]
    assert both.files["pca"] == bank.files["pca"]
    assert both.files["one"] == folder / "unfiled" / "one.yaml"


def test_a_taxonomy_of_your_own_adds_to_the_shipped_one(own_bank: OwnBank) -> None:
    folder = own_bank(one=MINIMAL.replace("id:", "topic: robotics\nid:"))
    shipped = (bank_folder() / TAXONOMY_FILE).read_text()
    own = yaml.safe_load(shipped) | {"topics": {"robotics": {"title": "Robots", "about": "Arms."}}}
    (folder / TAXONOMY_FILE).write_text(yaml.safe_dump(own))
    both = load_bank(folder, extending=bank_folder())
    assert both.taxonomy.topic_title("robotics") == "Robots"
    assert both.taxonomy.topic_title("nlp") == "Natural language processing"


def test_unknown_ids_name_the_closest(bank: Bank) -> None:
    with pytest.raises(UnknownQuestion, match="Did you mean regularization"):
        bank["regularisation"]
    with pytest.raises(UnknownQuestion, match=r"It has: 1 \("):
        bank.follow_up("regularization", 9)
    with pytest.raises(UnknownQuestion):
        bank.follow_up("regularization", "²")


def test_follow_ups_are_found_by_number_and_by_id(bank: Bank) -> None:
    first = bank["regularization"].follow_ups[0]
    assert bank.follow_up("regularization", 1) is first
    assert bank.follow_up("regularization", "1") is first
    assert bank.follow_up("regularization", first.id) is first


def test_the_hash_tells_the_content_and_not_the_layout(own_bank: OwnBank, tmp_path: Path) -> None:
    bank = load_bank(own_bank(one=MINIMAL))
    other = tmp_path / "other" / "deep" / "er"
    other.mkdir(parents=True)
    (other / "file.yml").write_text("# a comment\n" + MINIMAL)
    assert load_bank(tmp_path / "other").hash == bank.hash
    (other / "file.yml").write_text(MINIMAL.replace("noise", "signal"))
    assert load_bank(tmp_path / "other").hash != bank.hash


YAML_TEXT = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="abc:-[]{}&*!|>'\"#%@` \n\t?,", max_size=120),
    st.builds(
        lambda text, at, noise: text[: at % len(text)] + noise + text[at % len(text) :],
        st.just(MINIMAL + "points:\n  - {id: a, tier: core, claim: b}\nroles: [ml-engineer]\n"),
        st.integers(0, 1000),
        st.text(alphabet=":-[]{}&*!|>'\"#%@`\n\t? \0\x85\ufeff", min_size=1, max_size=4),
    ),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(["id", "prompt", "model_answer", "points", "rubric", "roles", "levle"])


def check_any_file(folder: Path, data: bytes) -> None:
    (folder / "any.yaml").write_bytes(data)
    try:
        bank = load_bank(folder)
    except QuestionFileError as error:
        found = error.problems
    else:
        assert len(bank) == 1
        return
    assert found
    for item in found:
        assert item.file == "any.yaml"
        assert item.line >= 1
        assert item.field
        assert item.message
        assert item.fix


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=YAML_TEXT)
def test_no_text_gets_past_the_error_message(tmp_path: Path, text: str) -> None:
    check_any_file(tmp_path, text.encode(errors="surrogatepass"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60))
def test_no_bytes_get_past_the_error_message(tmp_path: Path, data: bytes) -> None:
    check_any_file(tmp_path, data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(FIELDS, VALUES))
def test_no_value_gets_past_the_error_message(tmp_path: Path, data: object) -> None:
    check_any_file(tmp_path, yaml.safe_dump(data).encode())
