"""Every error we raise.

    InterviewerError
    ├── SettingsError          a setting is missing or wrong
    ├── BankError              a bank folder cannot be used
    │   ├── QuestionFileError  one question file: file, line, field, fix
    │   └── UnknownQuestion    no question or follow-up has that id
    ├── PromptError            a template or its variables do not fit
    ├── EmbeddingError         the embedding model cannot be loaded
    ├── ModelError             a language model did not do what was asked
    │   ├── ModelUnreachable   nobody answers at its address
    │   ├── ModelTimeout       it took longer than it may
    │   ├── ModelRefusedKey    the key is missing, wrong or may not use the model
    │   ├── ModelUnknown       the provider has no such model
    │   ├── ModelBusy          too many requests, or the quota is used up
    │   ├── ModelFailed        the provider failed
    │   ├── ModelRejected      the request is not one the model takes
    │   ├── ContextTooLong     more text than the model can read
    │   ├── ModelDeclined      the model or its filter would not answer
    │   ├── ReplyInvalid       the reply has no or not the asked-for content
    │   └── NotRecorded        a replayed model has no reply to this request
    ├── SpeechError            sound was not written down, or words were not spoken
    ├── StoreError             the history store cannot be read or written
    │   ├── UnknownSession     no session has that id
    │   └── SessionConflict    the session moved on somewhere else
    ├── InterviewError         an interview cannot do what was asked
    │   ├── InvalidEvent       the event does not fit the session's phase
    │   ├── AnswerRefused      the text cannot be taken as an answer
    │   └── StaleTurn          the interview moved on since the page was drawn
    ├── BatchError             the input of a batch cannot be used at all
    └── EvaluationError        cases, a run or a baseline cannot be used

Each message says what was wrong, where, and what to do. A failed *grade* is no
exception: it is the value ``interviewer.model.Ungraded``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class InterviewerError(Exception):
    """Base of every error this package raises on purpose."""


class SettingsError(InterviewerError):
    """A setting is missing or has a value that cannot be used."""


class BankError(InterviewerError):
    """A bank folder cannot be used."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a question file."""

    file: str
    line: int
    field: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message} Fix: {self.fix}"


class QuestionFileError(BankError):
    """One or more question files do not follow the schema."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems; the message lists each on its own line."""
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class UnknownQuestion(BankError):
    """No question or follow-up of the bank has the id asked for."""


class PromptError(InterviewerError):
    """A prompt template is malformed, or was given the wrong variables."""


class EmbeddingError(InterviewerError):
    """The embedding model cannot be loaded, or is not the one we know."""


class ModelError(InterviewerError):
    """A language model did not do what was asked; what works without one still works.

    Attributes:
        usage: What the replies took that came before it failed, a ``Usage``; None: nothing.
    """

    usage: Any = None


class ModelUnreachable(ModelError):
    """Nobody answers at the model's address."""


class ModelTimeout(ModelError):
    """The model took longer than it may."""


class ModelRefusedKey(ModelError):
    """The key is missing, wrong, or may not use the model."""


class ModelUnknown(ModelError):
    """The provider has no such model, or the name names no provider."""


class ModelBusy(ModelError):
    """Too many requests, or the quota is used up."""


class ModelFailed(ModelError):
    """The provider failed."""


class ModelRejected(ModelError):
    """The request is not one the model takes."""


class ContextTooLong(ModelError):
    """More text than the model can read."""


class ModelDeclined(ModelError):
    """The model or its filter would not answer."""


class ReplyInvalid(ModelError):
    """The reply is empty, cut off, or not what was asked for."""


class NotRecorded(ModelError):
    """A replayed model has no recorded reply to the request."""


class SpeechError(InterviewerError):
    """Sound was not written down, or words were not spoken; typing still works."""


class StoreError(InterviewerError):
    """The history store cannot be read or written."""


class UnknownSession(StoreError):
    """No stored session has the id asked for."""


class SessionConflict(StoreError):
    """The session was changed elsewhere since it was read."""


class InterviewError(InterviewerError):
    """An interview cannot do what was asked."""


class InvalidEvent(InterviewError):
    """The event does not fit the phase the session is in."""


class AnswerRefused(InterviewError):
    """The text cannot be taken as an answer; nothing was changed."""


class StaleTurn(InterviewError):
    """The interview moved on since the candidate's page was drawn."""


class BatchError(InterviewerError):
    """The input of a batch cannot be used at all."""


class EvaluationError(InterviewerError):
    """Cases, a run or a baseline cannot be used."""
