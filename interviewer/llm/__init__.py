"""Language models by LiteLLM: complete to a typed value, stream text.

The front door; the parts are in the modules beside it.
"""

from __future__ import annotations

from interviewer.llm.bridge import Bridge
from interviewer.llm.client import LiteLLMModel
from interviewer.llm.library import close_clients
from interviewer.llm.probe import Probe, ProbeReply, probe, probe_rule
from interviewer.llm.protocol import Completed, LanguageModel, Message, Piece, Shape
from interviewer.llm.scripted import NAME as SCRIPTED
from interviewer.llm.scripted import Rule, ScriptedModel
from interviewer.llm.scripted_judge import judge_rule

__all__ = [
    "SCRIPTED",
    "Bridge",
    "Completed",
    "LanguageModel",
    "LiteLLMModel",
    "Message",
    "Piece",
    "Probe",
    "Rule",
    "ScriptedModel",
    "Shape",
    "close_clients",
    "open_model",
    "probe",
]


def open_model(
    name: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    timeout: float = 30.0,
) -> LanguageModel:
    """The model of that name; nothing is called yet.

    Args:
        name: LiteLLM's name, such as ``openai/gpt-4o-mini``, or ``scripted``.
        base_url: Address of a server of one's own.
        api_key: Wins over the environment.
        timeout: Seconds for a reply.
    """
    if name == SCRIPTED:
        return ScriptedModel(rules={ProbeReply.__name__: probe_rule, "JudgeReply": judge_rule})
    return LiteLLMModel(name, base_url=base_url, api_key=api_key, timeout=timeout)
