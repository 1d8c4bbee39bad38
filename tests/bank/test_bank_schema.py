import json
import re
from pathlib import Path

from interviewer.bank.schema import SCHEMA_FILE, question_schema, write_schema
from interviewer.model import Question
from interviewer.resources import bank_folder


def test_the_schema_in_the_bank_is_the_one_of_the_model() -> None:
    stored = (bank_folder() / SCHEMA_FILE).read_text(encoding="utf-8")
    assert stored == question_schema(), "Run `interviewer bank schema --write`."


def test_it_tells_an_editor_every_field_and_what_is_needed() -> None:
    schema = json.loads(question_schema())
    assert set(schema["properties"]) == set(Question.model_fields)
    assert schema["required"] == ["id", "prompt", "model_answer"]
    assert schema["additionalProperties"] is False
    for name, field in schema["properties"].items():
        # pydantic leaves it to the definition when both say the same.
        defined = schema["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
        assert field.get("description") or defined.get("description"), name


def test_every_question_file_names_it_for_the_editor() -> None:
    for path in bank_folder().rglob("*/*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == f"# yaml-language-server: $schema=../{SCHEMA_FILE}", path


def test_writing_it_again_changes_nothing(tmp_path: Path) -> None:
    path = write_schema(tmp_path)
    before = path.stat().st_mtime_ns
    assert write_schema(tmp_path).stat().st_mtime_ns == before


def test_a_candidate_is_told_a_claim_without_its_or(bank):
    points = [point for question in bank for point in question.points]
    points += [point for q in bank for item in q.follow_ups for point in item.points]
    told = {point.told for point in points}
    assert any(", that is," in text for text in told)
    joined = re.compile(r"\bor, (in other words|more exactly|seen|put (other|diff|the))")
    assert not any(joined.search(text) for text in told)
