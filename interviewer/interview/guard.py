"""Check a model's words before they stand as the interviewer's.

The bank decides what is asked and what is kept from the candidate. These checks hold
a model to it: the follow-up is still that follow-up, nothing is given away, nothing
is judged aloud, and it sounds like a person who interviews.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from interviewer.grading.intake import foreign
from interviewer.grading.lexicon import is_negator
from interviewer.grading.words import stems_of

LIMIT: Final = 60
"""Words at most, besides those of the follow-up."""
ACKNOWLEDGEMENT: Final = 25
"""Words at most of a sentence that is kept before a follow-up the model did not ask."""
NOD: Final = 4
"""Words at most of a sentence that is about nothing, such as "Okay, thanks."."""
RUN: Final = 6
"""So many words in a row are a quotation."""
SAME: Final = 0.6
"""Share of a follow-up's content words that must be in the words that ask it."""
GIVEN: Final = 0.5
"""Share of a claim's unheard content words that gives the claim away."""
NEARLY: Final = 0.75
"""The same for a claim that a second hint is about."""

SaysTheSame = Callable[[str, Sequence[str]], bool]
"""Whether a text says the same as one of the others."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"”’)]*\s+")
_PARTIAL_WORD: Final = re.compile(r"[\w'’-]+$")

_MARKS: Final = re.compile(
    r"^\s*(?:[-*•+]|\d+[.)])\s|^\s*#+\s|[*_]{2}|\*\w|`|^\s*\||</?[a-z]|https?:|\]\(|^\s*ASK:",
    re.IGNORECASE | re.MULTILINE,
)
_GRADING: Final = re.compile(
    r"\brubrics?\b|\bmodel answers?\b|\bgraders?\b|\bgrading\b|\bgraded\b", re.IGNORECASE
)
_LEVELS: Final = re.compile(
    r"\b(?:points|scor(?:e[sd]?|ing)|grades?|strong(?:er|est|ly)?|weak(?:er|est|ly|ness|nesses)?)\b",
    re.IGNORECASE,
)
_GOOD: Final = (
    "great|good|excellent|perfect|nice|awesome|fantastic|brilliant|wonderful|amazing|impressive"
    "|terrific|superb|outstanding|lovely|solid|interesting"
)
_RIGHT: Final = "right|correct|wrong|incorrect|true|false|spot on|perfect|great|good|excellent"
_VERY: Final = "not|absolutely|exactly|completely|entirely|quite|all|partly|mostly|very|really|a|an"
_VERDICT: Final = re.compile(
    rf"\b(?:{_GOOD}|correct|wrong|poor|bad) (?:answer|job|point|work|explanation|start|response"
    r"|thinking|question|insight|summary|overview|description|try|attempt|catch|stuff)\b"
    r"|\bwell (?:done|said|put|explained|reasoned)\b|\bspot on\b|\bgood for you\b"
    r"|\b(?:that is|that['’]s|that was|this is|it['’]s|you are|you['’]re|you were)"
    rf" (?:(?:{_VERY}) )*(?:{_RIGHT})(?=[.,;!?]|$| (?:and|but|about|that)\b)"
    r"|\byou(?:['’]ve| have)? (?:missed|forgot|forgotten|left out|failed|nailed|omitted)\b"
    r"|\byou (?:did not|didn['’]t|have not|haven['’]t|never) (?:mention|say|cover|talk)",
    re.IGNORECASE,
)
_MACHINE: Final = "(?:ai|language model|assistant|chatbot)"
_OUT_OF_ROLE: Final = re.compile(
    r"\b(?:my|your|a) (?:friend|buddy|pal|bestie|mate)\b"
    r"|\b(?:hey|sure|ok|okay|hi|hello|yes),? (?:friend|buddy|pal|mate)\b"
    rf"|\bas an? {_MACHINE}\b|\bi(?:['’]m| am) (?:just |only )?(?:an? )?{_MACHINE}\b"
    r"|\b(?:my|the|these|previous|your) (?:system prompt|system message|instructions)\b"
    r"|\b(?:drop|leave|forget|skip|cancel|stop) the (?:interview|act|role)\b"
    r"|\bno longer (?:an|the|your) interviewer\b"
    r"|\bthe (?:right |correct )?answer (?:is|would be)\b",
    re.IGNORECASE,
)

_THAT: Final = r"(?:that['’]s|that is|that was)"
_LEAD: Final = rf"(?:(?:{_THAT}|what)(?: an?)?)"
_RATHER: Final = "(?:really|very|absolutely|pretty|quite)"
_YES: Final = "(?:exactly|correct|absolutely|spot on|well done)"
_PRAISE: Final = (
    rf"(?:(?:{_LEAD}\s+)?(?:{_RATHER}\s+)?(?:{_GOOD})(?:\s+\w+){{0,3}}?"
    rf"|(?:{_THAT}\s+)?(?:{_RATHER}\s+)?{_YES}(?:\s+(?:right|it|so|that|correct))?)"
)
_OPENS_WITH_PRAISE: Final = re.compile(rf"{_PRAISE}\s*[.!,;:—–]+\s*", re.IGNORECASE)
_MAY_BECOME_PRAISE: Final = re.compile(rf"(?:{_PRAISE}|{_LEAD}(?:\s+{_RATHER})?)\s*", re.IGNORECASE)
_OPENERS: Final = (*_GOOD.split("|"), "exactly", "correct", "absolutely", "that's", "interviewer")
_TELLING: Final = 4
"""Letters of a word's beginning that may make it one of these."""
_LABEL: Final = re.compile(
    r"\s*(?:\**(?:interviewer|assistant)\**:\**\s*)?[\"“]?\s*", re.IGNORECASE
)


def opened(text: str, *, ended: bool = False) -> str | None:
    """A text without a label or praise at its beginning; None: that cannot be told yet.

    Args:
        text: What has come so far.
        ended: Nothing more will come.
    """
    body = text[_LABEL.match(text).end() :]  # type: ignore[union-attr] # matches any text
    if praise := _OPENS_WITH_PRAISE.match(body):
        rest = body[praise.end() :]
        return rest[:1].upper() + rest[1:]
    word = body.lower().replace("’", "'")
    begun = len(word) >= _TELLING and any(opener.startswith(word) for opener in _OPENERS)
    if not ended and (not body or begun or _MAY_BECOME_PRAISE.fullmatch(body)):
        return None
    return body


def sentences(text: str, *, whole: bool = True) -> list[str]:
    """The sentences of a text.

    Args:
        text: What was said.
        whole: False leaves out a last one that has no end.
    """
    found = [part for part in _SENTENCE_END.split(text.strip()) if part]
    if found and not whole and not re.search(r"[.!?][\"”’)]*$", found[-1]):
        found.pop()
    return found


class Secret:
    """A text that must not be given away.

    Args:
        text: A claim, one of its phrasings, or an answer.
        known: What the candidate has heard or said; none of it can be given away.
        share: Of the content words that are not known; so many give it away.
    """

    def __init__(self, text: str, known: str, share: float = GIVEN) -> None:
        """Work out what of it is not known."""
        (stems, runs), (known_stems, known_runs) = _read(text), _known(known)
        self._stems, self._runs = stems - known_stems, runs - known_runs
        self._share = share

    def given_by(self, text: str) -> bool:
        """Whether a text quotes it, or holds enough of its words."""
        return self.in_words(stems_of(text), _runs(text))

    def in_words(self, stems: frozenset[str], runs: frozenset[tuple[str, ...]]) -> bool:
        """The same, of a text that was read already."""
        told = len(self._stems & stems)
        size = len(self._stems)
        enough = size > 1 and told >= min(3, size) and told >= self._share * size
        return enough or not self._runs.isdisjoint(runs)


class Guard:
    """What holds for one thing the interviewer says.

    Args:
        ask: The follow-up that has to be asked, if any.
        recall: Share of its content words that must be there.
        questions: Question marks allowed when nothing has to be asked.
        known: What the candidate has heard or said, and may hear again.
        secrets: What must not be given away.
        says_the_same: Tells that a question is the follow-up where its words differ.
    """

    def __init__(
        self,
        *,
        ask: str = "",
        recall: float = SAME,
        questions: int = 0,
        known: str = "",
        secrets: Sequence[Secret] = (),
        says_the_same: SaysTheSame | None = None,
    ) -> None:
        """Read what is known."""
        self._ask = ask
        self._recall = recall
        self._questions = max(1, ask.count("?")) if ask else questions
        self._ends_asking = not ask or ask.rstrip().endswith("?")
        self._known = stems_of(known)
        self._secrets = secrets
        self._says_the_same = says_the_same

    def why_not(self, text: str, *, whole: bool = True) -> str | None:
        """Why a text cannot stand, or None.

        Args:
            text: What was said so far.
            whole: False: the last word may be the beginning of another one.
        """
        if self._goes_on(text):
            return "it asks more than one question, or goes on after it"
        if not whole:
            text = _PARTIAL_WORD.sub("", text)
        if len(text.split()) > LIMIT + len(self._ask.split()):
            return "it is too long"
        if _MARKS.search(text):
            return "it is marked up, not spoken"
        levels = {stem for found in _LEVELS.findall(text) for stem in stems_of(found)}
        if _GRADING.search(text) or levels - self._known or _VERDICT.search(text):
            return "it judges the answer"
        if _OUT_OF_ROLE.search(text):
            return "it leaves the role"
        read = stems_of(text), _runs(text)
        if any(secret.in_words(*read) for secret in self._secrets):
            return "it gives something away"
        return None

    def what_stands(self, text: str, *, whole: bool = True) -> str:
        """What of a model's words can stand, with the follow-up asked; empty: nothing.

        Args:
            text: The words.
            whole: False: they broke off.
        """
        kept: list[str] = []
        for sentence in sentences(text, whole=whole):
            if self.why_not(" ".join([*kept, sentence])) or foreign(sentence):
                break
            kept.append(sentence)
        said = " ".join(" ".join(kept).split()).rstrip('"”')
        if not self._ask or self.asks(kept):
            return said
        first = kept[0] if kept else ""
        return f"{first} {self._ask}" if self._acknowledges(first) else ""

    def _acknowledges(self, sentence: str) -> bool:
        """Whether a sentence can stand before the follow-up: a nod, or about what was said."""
        size = len(sentence.split())
        if not size or size > ACKNOWLEDGEMENT or "?" in sentence:
            return False
        return size <= NOD or not self._known.isdisjoint(stems_of(sentence))

    def asks(self, said: Sequence[str]) -> bool:
        """Whether sentences end in the follow-up."""
        return any(self._is_the_ask(" ".join(said[at:])) for at in reversed(range(len(said))))

    def _is_the_ask(self, text: str) -> bool:
        if self._ends_asking and not text.rstrip('"”’) ').endswith("?"):
            return False
        if len(text.split()) > 1.6 * len(self._ask.split()) + 12:
            return False
        if _denies(text) != _denies(self._ask):
            return False
        wanted = stems_of(self._ask)
        if len(wanted & stems_of(text)) >= self._recall * len(wanted):
            return True
        return self._says_the_same is not None and self._says_the_same(text, [self._ask])

    def _goes_on(self, text: str) -> bool:
        """Whether there are more questions than allowed, or words after the last one."""
        *questions, rest = text.split("?")
        if len(questions) > self._questions:
            return True
        last = bool(questions) and len(questions) == self._questions and self._ends_asking
        return last and bool(_WORD.search(rest))


@lru_cache(maxsize=8)
def _known(text: str) -> tuple[frozenset[str], frozenset[tuple[str, ...]]]:
    """The same of what was said in a round; kept only while a line is looked at."""
    return stems_of(text), _runs(text)


@lru_cache(maxsize=8_192)
def _read(text: str) -> tuple[frozenset[str], frozenset[tuple[str, ...]]]:
    """The stems and the runs of words of a text; a claim is looked at every turn."""
    return stems_of(text), _runs(text)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    return frozenset(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _denies(text: str) -> bool:
    return any(is_negator(word.lower().replace("’", "'")) for word in _WORD.findall(text))
