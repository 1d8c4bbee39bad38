"""The interview: plan, pick, probe, session, runner."""

from interviewer.interview.intents import recognise
from interviewer.interview.pick import pick
from interviewer.interview.plan import agenda_size, check
from interviewer.interview.runner import Index, Runner, SessionStore, Speaking, Update
from interviewer.interview.session import (
    Cue,
    Intent,
    Line,
    Outcome,
    Phase,
    Place,
    Round,
    Session,
    ungraded_rounds,
)
from interviewer.interview.voice import TemplateVoice, Voice, Words

__all__ = [
    "Cue",
    "Index",
    "Intent",
    "Line",
    "Outcome",
    "Phase",
    "Place",
    "Round",
    "Runner",
    "Session",
    "SessionStore",
    "Speaking",
    "TemplateVoice",
    "Update",
    "Voice",
    "Words",
    "agenda_size",
    "check",
    "pick",
    "recognise",
    "ungraded_rounds",
]
