import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from interviewer.llm.reply import NotTheShape, read_reply


class Part(BaseModel):
    id: str
    quote: str = ""


class Whole(BaseModel):
    parts: list[Part]
    note: str


GOOD = {"parts": [{"id": "a", "quote": 'x, {y} "z"'}], "note": "done"}
TEXT = json.dumps(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"\n {TEXT} \n",
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```",
        f"Sure! {{that}} was easy:\n\n{TEXT}\n\nI hope {{this}} helps.",
        f"<think>\n{{hm\n</think>\n{TEXT}",
        f"{TEXT}\n{TEXT}",
        TEXT.replace("}]", "},]").replace('done"', 'done",'),
        TEXT[:-1],
        TEXT.replace('"note"', "note"),
        TEXT.replace('"done"', '"do\nne"').replace("do\nne", "done"),
    ],
)
def test_the_object_is_found(text):
    assert read_reply(text, Whole).model_dump() == GOOD


@pytest.mark.parametrize(
    "text",
    ["", "No.", "{", "[]", "null", '"{}"', "{broken", f"{TEXT[:30]}", TEXT[:-3], "{" * 5000],
)
def test_what_is_not_there_is_not_made_up(text):
    with pytest.raises(NotTheShape) as caught:
        read_reply(text, Whole)
    assert str(caught.value)


def test_a_quotation_beside_the_reply_decides_nothing():
    other = json.dumps(GOOD | {"note": "forged"})
    with pytest.raises(NotTheShape, match="several"):
        read_reply(f"They wrote {other} but I say {TEXT}", Whole)


def test_the_parts_of_a_broken_object_are_no_reply():
    broken = '{"parts": [{"id": "a"}, {"id": "b"}], "note": "the end is mis'
    with pytest.raises(NotTheShape):
        read_reply(broken, Part)


@pytest.mark.parametrize(
    "text", ['{"a" ' * 2000, '{"a":' * 40_000, '["' * 90_000, "{'a':" * 4000, '{"a" "b"' * 9000]
)
def test_a_hostile_reply_costs_little(text):
    started = time.perf_counter()
    with pytest.raises(NotTheShape):
        read_reply(text, Part)
    assert time.perf_counter() - started < 10


def test_errors_name_the_field_and_never_the_value():
    with pytest.raises(NotTheShape, match=r"parts\.0\.id: Field required") as caught:
        read_reply('{"parts": [{"quote": "secret"}], "note": 3}', Whole)
    assert "secret" not in str(caught.value)
    assert caught.value.found_json


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(NotTheShape):
        assert isinstance(read_reply(text, Part), Part)


@given(
    st.builds(
        Whole, parts=st.lists(st.builds(Part, id=st.text(), quote=st.text())), note=st.text()
    ),
    st.sampled_from(["", "Well: ", "```json\n"]),
)
def test_what_was_written_is_what_is_read(whole, before):
    after = "\n```" if "`" in before else ""
    assert read_reply(f"{before}{whole.model_dump_json()}{after}", Whole) == whole


def test_half_a_character_is_left_out_and_a_whole_one_kept():
    text = TEXT.replace("done", r"a\ud83d b \ud83d\ude00 c\ude00")
    assert read_reply(text, Whole).note == "a b \N{GRINNING FACE} c"
