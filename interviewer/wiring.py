"""Build the parts from the settings: the only place that knows them all.

Every part is made on first use and once, whichever thread asks first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from interviewer.errors import SettingsError
from interviewer.settings import Settings

if TYPE_CHECKING:
    from interviewer.bank import Bank
    from interviewer.bank.search import BankIndex
    from interviewer.embedding import SentenceEncoder
    from interviewer.grading import Grader
    from interviewer.history import Store
    from interviewer.interview.runner import Runner

GRADERS = ("embedded",)
"""The graders there are."""

_Part = TypeVar("_Part")


class _made_once(Generic[_Part]):  # noqa: N801 - used like property
    """A property whose value is made once, under the owner's lock."""

    def __init__(self, make: Callable[[Any], _Part]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, parts: None, owner: type) -> Self: ...
    @overload
    def __get__(self, parts: Parts, owner: type) -> _Part: ...
    def __get__(self, parts: Parts | None, owner: type) -> Self | _Part:
        if parts is None:
            return self
        with parts.lock:
            if self._name not in parts.__dict__:
                parts.__dict__[self._name] = self._make(parts)
            made: _Part = parts.__dict__[self._name]
            return made


class Parts:
    """The parts of a running interviewer, made lazily.

    Args:
        settings: What was asked for.
        grader: The name of the grader, one of ``GRADERS``.
    """

    def __init__(self, settings: Settings, *, grader: str = "embedded") -> None:
        """Remember the settings; nothing is loaded.

        Raises:
            SettingsError: There is no such grader.
        """
        if grader not in GRADERS:
            raise SettingsError(
                f"There is no grader '{grader}'. The graders are: {', '.join(GRADERS)}."
            )
        self.settings = settings
        self.lock = threading.RLock()

    @_made_once
    def bank(self) -> Bank:
        """The questions: the shipped ones, those of the setting, or both."""
        from interviewer.bank import load_bank
        from interviewer.resources import bank_folder

        if self.settings.bank is None:
            return load_bank(bank_folder())
        extending = bank_folder() if self.settings.bank_mode == "extend" else None
        return load_bank(self.settings.bank, extending=extending)

    @_made_once
    def encoder(self) -> SentenceEncoder:
        """The embedding model; it loads when it is first used."""
        from interviewer.embedding import SentenceEncoder

        return SentenceEncoder(self.settings.embedder)

    @_made_once
    def index(self) -> BankIndex:
        """Search over the bank."""
        from interviewer.bank.search import BankIndex

        return BankIndex(self.bank, self.encoder, self.settings.cache_dir)

    @_made_once
    def grader(self) -> Grader:
        """What grades answers."""
        from interviewer.grading import EmbeddedGrader

        return EmbeddedGrader(self.encoder, bank=self.bank)

    @_made_once
    def store(self) -> Store:
        """Where interviews are kept."""
        from interviewer.history import open_store

        return open_store(self.settings.database_url)

    @_made_once
    def runner(self) -> Runner:
        """What holds interviews."""
        from interviewer.interview.runner import Runner
        from interviewer.interview.voice import TemplateVoice
        from interviewer.prompting import load_prompts
        from interviewer.resources import prompts_folder

        voice = TemplateVoice(load_prompts(prompts_folder()))
        return Runner(self.bank, self.grader, self.store, voice, index=self.index)

    def warm_up(self) -> None:
        """Load the model, build the index and grade once; takes seconds.

        Raises:
            InterviewerError: A part cannot be made.
        """
        from interviewer.model import Answer

        self.encoder.warm_up()
        self.index.warm_up()
        question = next(iter(self.bank))
        self.grader.grade(question, Answer(text=question.model_answer))

    def grader_note(self) -> str:
        """One sentence that says which grader speaks."""
        return "Graded by the embedded grader on this machine: no key, no network."


def build(settings: Settings, *, grader: str = "embedded") -> Parts:
    """The parts for these settings; cheap, since each is made when it is used."""
    return Parts(settings, grader=grader)
