"""Build the parts from the settings: the only place that knows them all.

Every part is made on first use and once, whichever thread asks first.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

from interviewer.errors import ModelError, SettingsError
from interviewer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interviewer.bank import Bank
    from interviewer.bank.search import BankIndex
    from interviewer.embedding import SentenceEncoder
    from interviewer.grading import EmbeddedGrader, Grader, Judge
    from interviewer.history import Store
    from interviewer.interview.runner import Runner
    from interviewer.interview.second import Due, SecondOpinions
    from interviewer.interview.session import Session
    from interviewer.interview.voice import Voice
    from interviewer.llm import Bridge, LanguageModel, Probe
    from interviewer.model import Graded, Plan
    from interviewer.prompting import Prompts
    from interviewer.speech.endpoint import Endpoint
    from interviewer.speech.normalise import Normaliser
    from interviewer.speech.recordings import Recordings
    from interviewer.speech.service import Speaker, Transcriber

log = logging.getLogger(__name__)

GRADERS = ("auto", "embedded", "combined")
"""The graders there are; auto is combined where a model is set to judge."""

SCRIPTED = "scripted"
"""The name of the model that follows rules, in ``interviewer.llm``."""
OFF = "off"
"""The name of no model."""
BROWSER = "browser"
"""The name of the browser's own recogniser and voice."""
LOCAL = "local/"
"""What a transcriber on this machine begins with."""

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


@dataclass(frozen=True, slots=True)
class ModelState:
    """How it stands with the model of one role.

    Attributes:
        title: What the role is.
        name: LiteLLM's name of the model, or None: there is none.
        state: off, untested, ready or failed.
        words: The same in a sentence.
    """

    title: str
    name: str | None
    state: Literal["off", "untested", "ready", "failed"]
    words: str


class Parts:
    """The parts of a running interviewer, made lazily.

    Args:
        settings: What was asked for.
        grader: The name of the grader, one of ``GRADERS``.
    """

    def __init__(self, settings: Settings, *, grader: str = "auto") -> None:
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
        self._wanted = grader
        self._probes: dict[str, Probe] = {}
        if grader == "combined" and self.judge_name is None:
            raise SettingsError(
                "The combined grader needs a model. Set INTERVIEWER_MODEL, such as "
                "INTERVIEWER_MODEL=openai/gpt-4o-mini with OPENAI_API_KEY."
            )

    @_made_once
    def bank(self) -> Bank:
        """The questions: the shipped ones, those of the setting, or both."""
        from interviewer.bank import load_bank
        from interviewer.resources import bank_folder

        if self.settings.bank is None:
            return load_bank(bank_folder(), cache_dir=self.settings.cache_dir)
        extending = bank_folder() if self.settings.bank_mode == "extend" else None
        return load_bank(self.settings.bank, extending=extending, cache_dir=self.settings.cache_dir)

    @_made_once
    def encoder(self) -> SentenceEncoder:
        """The embedding model; it loads when it is first used."""
        from interviewer.embedding import SentenceEncoder

        return SentenceEncoder(self.settings.embedder)

    @_made_once
    def index(self) -> BankIndex:
        """Search over the bank."""
        from interviewer.bank.search import BankIndex
        from interviewer.bank.vectors import SHIPPED_FILE
        from interviewer.resources import bank_folder

        return BankIndex(
            self.bank, self.encoder, self.settings.cache_dir, bank_folder() / SHIPPED_FILE
        )

    @_made_once
    def prompts(self) -> Prompts:
        """The words of feedback, judge and interviewer."""
        from interviewer.prompting import load_prompts
        from interviewer.resources import prompts_folder

        return load_prompts(prompts_folder())

    @_made_once
    def embedded(self) -> EmbeddedGrader:
        """The grader on this machine."""
        from interviewer.grading import EmbeddedGrader

        return EmbeddedGrader(self.encoder, bank=self.bank, prompts=self.prompts)

    @_made_once
    def grader(self) -> Grader:
        """What grades answers one at a time: with the judge where there is one."""
        from interviewer.grading import CombinedGrader

        if self.judge is None:
            return self.embedded
        return CombinedGrader(self.embedded, self.judge, self.bridge, bank_hash=self.bank.hash)

    @property
    def judge_name(self) -> str | None:
        """LiteLLM's name of the model that judges, or None."""
        if self._wanted == "embedded":
            return None
        return _named(self.settings.judge_model or self.settings.model)

    @property
    def interview_name(self) -> str | None:
        """LiteLLM's name of the model that words the interview, or None."""
        return _named(self.settings.interview_model or self.settings.model)

    @_made_once
    def bridge(self) -> Bridge:
        """Where calls to models run."""
        from interviewer.llm import Bridge

        return Bridge()

    @_made_once
    def judge_model(self) -> LanguageModel | None:
        """The model that judges."""
        return self._open(self.judge_name)

    @_made_once
    def interview_model(self) -> LanguageModel | None:
        """The model that words the interview."""
        return self._open(self.interview_name)

    def _open(self, name: str | None) -> LanguageModel | None:
        from interviewer.llm import open_model

        if name is None:
            return None
        key = self.settings.model_api_key
        return open_model(
            name,
            base_url=self.settings.model_base_url,
            api_key=key.get_secret_value() if key else None,
            timeout=self.settings.model_timeout,
        )

    @_made_once
    def judge(self) -> Judge | None:
        """The judge, if a model is set for it."""
        from interviewer.grading import Judge

        if self.judge_model is None:
            return None
        return Judge(self.judge_model, self.prompts, samples=self.settings.judge_samples)

    @_made_once
    def second(self) -> SecondOpinions | None:
        """The judge beside an interview."""
        from interviewer.grading import Section, second
        from interviewer.interview.second import SecondOpinions

        judge = self.judge
        if judge is None:
            return None

        async def judging(due: Sequence[Due]) -> Sequence[Graded]:
            names = ("whole" if item.whole else item.place.follow_up or "question" for item in due)
            sections = [
                (Section(name, item.question, item.answer), item.first)
                for name, item in zip(names, due, strict=True)
            ]
            return await second(judge, sections, bank_hash=self.bank.hash)

        return SecondOpinions(judging, self.bridge.submit)

    @_made_once
    def voice(self) -> Voice:
        """Who finds the interviewer's words."""
        from interviewer.interview.spoken import ModelVoice
        from interviewer.interview.voice import TemplateVoice

        templates = TemplateVoice(self.prompts)
        if self.interview_model is None:
            return templates
        return ModelVoice(
            self.interview_model,
            self.bridge,
            templates,
            self.prompts,
            says_the_same=self.index.says_the_same,
        )

    @_made_once
    def transcriber(self) -> Transcriber | None:
        """What writes speech down on the server's side; None: the browser does."""
        name = self.settings.transcriber
        if name is None or name.lower() == BROWSER:
            return None
        if name.startswith(LOCAL):
            from interviewer.speech.local import DEFAULT_MODEL, LocalTranscriber

            model = name.removeprefix(LOCAL) or DEFAULT_MODEL
            return LocalTranscriber(model, self.settings.cache_dir)
        from interviewer.speech.endpoint import EndpointTranscriber

        return EndpointTranscriber(self.speech_endpoint, name)

    @_made_once
    def speaker(self) -> Speaker | None:
        """What speaks on the server's side; None: the browser does."""
        name = self.settings.speaker
        if name is None or name.lower() == BROWSER:
            return None
        from interviewer.speech.endpoint import EndpointSpeaker

        return EndpointSpeaker(self.speech_endpoint, name, self.settings.speaker_voice)

    @_made_once
    def speech_endpoint(self) -> Endpoint:
        """The audio server."""
        from interviewer.speech.endpoint import Endpoint

        key = self.settings.speech_api_key
        return Endpoint(
            self.settings.speech_base_url,
            key.get_secret_value() if key else None,
            self.settings.speech_timeout,
        )

    @_made_once
    def normaliser(self) -> Normaliser:
        """From spoken to written notation, by the bank's own terms."""
        from interviewer.speech.normalise import Normaliser
        from interviewer.speech.vocabulary import Vocabulary

        return Normaliser(Vocabulary.of(self.bank))

    @_made_once
    def recordings(self) -> Recordings:
        """Recordings that candidates want kept."""
        from interviewer.speech.recordings import Recordings

        return Recordings(self.settings.recordings_dir)

    @_made_once
    def store(self) -> Store:
        """Where interviews are kept."""
        from interviewer.history import open_store

        return open_store(self.settings.database_url)

    @_made_once
    def runner(self) -> Runner:
        """What holds interviews."""
        from interviewer.interview.composed import FollowUpComposer
        from interviewer.interview.runner import Runner

        model = self.interview_model
        composer = FollowUpComposer(model, self.bridge, self.prompts) if model else None
        return Runner(
            self.bank,
            self.embedded,
            self.store,
            self.voice,
            index=self.index,
            second=self.second,
            composer=composer,
        )

    def start(self, plan: Plan, *, seed: int | None = None) -> Session:
        """Create an interview; with a model, questions are composed for its target text.

        Raises:
            InterviewError: The plan cannot be held with this bank.
            StoreError: The session could not be saved.
        """
        from interviewer.interview.behavioural import compose_questions

        model, usage, note = self.interview_model, None, None
        if model is not None and plan.target.strip() and not plan.composed:
            try:
                made = self.bridge.submit(
                    compose_questions, model, self.prompts, plan.target, plan
                ).result()
            except ModelError as error:
                log.warning("No question was composed for the target text: %s", error)
                usage = error.usage
                note = f"No question was composed for your text: {error}"
            else:
                plan, usage = plan.model_copy(update={"composed": made.questions}), made.usage
        return self.runner.start(plan, seed=seed, usage=usage, note=note)

    def probe(self, *, again: bool = False) -> tuple[ModelState, ...]:
        """Ask each model a question whose reply can be checked; once, unless ``again``."""
        from interviewer.llm import probe

        models = {item.name: item for item in (self.interview_model, self.judge_model) if item}
        for name, model in models.items():
            if again or name not in self._probes:
                self._probes.pop(name, None)
                self._probes[name] = self.bridge.submit(probe, model).result()
        return self.model_states()

    def model_states(self) -> tuple[ModelState, ...]:
        """How it stands with each model; asks nothing."""
        return (
            self._state("Interviewer", self.interview_name, "Asks in prepared words."),
            self._state("Judge", self.judge_name, "None; the grader on this machine grades alone."),
        )

    def _state(self, title: str, name: str | None, without: str) -> ModelState:
        if name is None:
            return ModelState(title, None, "off", without)
        found = self._probes.get(name)
        if found is None:
            return ModelState(title, name, "untested", "Not tested yet.")
        return ModelState(title, name, "ready" if found.ok else "failed", found.message)

    def warm_up(self) -> None:
        """Load the model, build the index and grade once; takes seconds.

        Raises:
            InterviewerError: A part cannot be made.
        """
        from interviewer.model import Answer

        self.encoder.warm_up()
        if self.speaker or (self.transcriber and not self.transcriber.local):
            self.speech_endpoint.client()
        self.index.warm_up()
        question = next(iter(self.bank))
        self.embedded.grade(question, Answer(text=question.model_answer))

    def grader_note(self) -> str:
        """One sentence that says which grader speaks."""
        graded = "Graded by the embedded grader on this machine"
        names = dict.fromkeys(name for name in (self.interview_name, self.judge_name) if name)
        if not names:
            return f"{graded}: no key, no network."
        if set(names) == {SCRIPTED}:
            return f"{graded}, beside a scripted stand-in for a model. Nothing leaves this machine."
        beside = f", and beside it by {self.judge_name}" if self.judge_name else ""
        sent = f"What you say is sent to {' and to '.join(names)}"
        aimed = ", a job description or résumé too" if self.interview_name else ""
        return f"{graded}{beside}. {sent}{aimed}."


def _named(name: str | None) -> str | None:
    return None if name is None or name.lower() == OFF else name


def build(settings: Settings, *, grader: str = "auto") -> Parts:
    """The parts for these settings; cheap, since each is made when it is used."""
    return Parts(settings, grader=grader)
