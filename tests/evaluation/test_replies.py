"""Recorded replies: the exact request, or none."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from interviewer.errors import EvaluationError, NotRecorded, ReplyInvalid
from interviewer.evaluation.replies import (
    RecordingModel,
    ReplayedModel,
    file_of,
    read_replies,
    recorded_models,
)
from interviewer.llm import Completed, LanguageModel, Message, ScriptedModel
from interviewer.llm.probe import ProbeReply

ASKED = (Message("system", "Reply."), Message("user", "How many?"))
REPLY = {"total": 7, "larger": "four"}


def recording(folder: Path, counted: list[object]) -> RecordingModel:
    def rule(messages: Sequence[Message]) -> dict[str, object]:
        counted.append(messages)
        return REPLY

    return RecordingModel(ScriptedModel(rules={"ProbeReply": rule}), folder, how="by rule")


def complete(
    model: LanguageModel, messages: Sequence[Message] = ASKED, sample: int = 0
) -> Completed[ProbeReply]:
    return asyncio.run(model.complete(messages, ProbeReply, sample=sample))


def test_what_was_recorded_is_replayed_with_no_model(tmp_path):
    counted: list[object] = []
    first = complete(recording(tmp_path, counted))
    replayed = complete(ReplayedModel("scripted", tmp_path))
    assert replayed.value == first.value == ProbeReply(**REPLY)
    assert replayed.usage == first.usage
    assert recorded_models(tmp_path) == {"scripted"}
    kept = next(iter(read_replies(file_of(tmp_path, "scripted")).values()))
    assert (kept.name, kept.how) == ("scripted", "by rule")


def test_what_is_kept_is_not_asked_again(tmp_path):
    counted: list[object] = []
    complete(recording(tmp_path, counted))
    again = recording(tmp_path, counted)
    assert complete(again).value == ProbeReply(**REPLY)
    assert len(counted) == 1
    assert again.asked == 0


@pytest.mark.parametrize(
    ("messages", "sample"),
    [
        ((ASKED[0], Message("user", "How many ?")), 0),
        ((Message("system", "Reply!"), ASKED[1]), 0),
        (ASKED, 1),
    ],
)
def test_another_request_has_no_reply(tmp_path, messages, sample):
    complete(recording(tmp_path, []))
    with pytest.raises(NotRecorded, match="interviewer eval record"):
        complete(ReplayedModel("scripted", tmp_path), messages, sample)


def test_a_model_nobody_recorded(tmp_path):
    with pytest.raises(EvaluationError, match="INTERVIEWER_MODEL=openai/x"):
        ReplayedModel("openai/x", tmp_path)


def test_a_spoilt_file_names_its_line(tmp_path):
    complete(recording(tmp_path, []))
    path = file_of(tmp_path, "scripted")
    path.write_text(path.read_text() + "{half\n")
    with pytest.raises(EvaluationError, match=r"scripted\.jsonl:2"):
        ReplayedModel("scripted", tmp_path)


def test_a_recorded_reply_of_another_form(tmp_path):
    complete(recording(tmp_path, []))
    path = file_of(tmp_path, "scripted")
    path.write_text(path.read_text().replace("larger", "smaller"))
    with pytest.raises(ReplyInvalid, match="ProbeReply"):
        complete(ReplayedModel("scripted", tmp_path))


def test_what_is_handed_on_is_what_will_be_replayed(tmp_path: Path) -> None:
    """A re-ask shows the reply: recorded and replayed it must be the same text."""
    first = complete(recording(tmp_path, []))
    assert first.raw == complete(ReplayedModel("scripted", tmp_path)).raw
