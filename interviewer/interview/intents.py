"""Recognise a request in what a candidate typed or said instead of an answer.

Only an utterance that is a request from end to end counts: one or more of the
phrases below, with fillers and polite openings around them. An answer that merely
holds such words ("skip connections help gradients flow") is an answer. Phrases are
regular expressions over normalised text: lower case, no punctuation or apostrophes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from interviewer.interview.session import Intent

MAX_WORDS: Final = 24
"""A longer utterance is an answer."""


def _any(*choices: str) -> str:
    return f"(?:{'|'.join(choices)})"


def _maybe(*choices: str) -> str:
    """One of the choices and a space, or nothing."""
    return f"(?:(?:{'|'.join(choices)}) )?"


def _then(*choices: str) -> str:
    """A space and one of the choices, any number of times."""
    return f"(?: (?:{'|'.join(choices)}))*"


_IT = _any(
    "it", "this", "that", "you", f"{_any('this', 'that', 'the', 'your')} {_maybe('last', 'whole')}"
    f"{_any('question', 'one', 'part', 'bit')}", "question", "what you (?:just )?(?:said|asked)",
)  # fmt: skip
_AGAIN = _any("again", "once more", "one more time", "(?:more )?slowly", "slower")
_ANOTHER_WAY = _any(
    "differently", "(?:in )?(?:another|a different|some other) way", "more (?:simply|clearly)",
    "(?:in|with|using) (?:other|different|simpler|simple|plain) (?:words|terms|english)",
)  # fmt: skip
_MORE = _any("a bit", "a little", "more", "further", "to me", "for me", "exactly", "here")
_WHILE = (
    f"{_maybe('just', 'maybe')}"
    f"{_maybe('a', 'an', 'one', 'another', 'some', 'a few', 'a couple of', 'a bit', 'a little')}"
    f"{_maybe('more', 'few', 'quick', 'little')}"
    f"{_any('seconds?', 'secs?', 'minutes?', 'mins?', 'moments?', 'time', 'while', 'bit')}"
)
_ABOUT = r"(?: \w+){1,8}"
_OVER = _then(
    "about", "on", "over", "through", "first", "it", "this", "that", f"for {_WHILE}", _WHILE
)
_NEXT = (
    "(?:(?:the )?next(?: (?:question|one|topic))?"
    "|(?:another|a (?:new|different)) (?:question|one|topic))"
)
_ANSWER = (
    f"{_maybe('my', 'the', 'that', 'our')}"
    f"{_any('last', 'previous', 'earlier', 'prior', 'first', 'other')}"
    f"(?: {_any('answer', 'response', 'reply', 'question', 'one', 'point', 'topic')})?"
    "(?: i gave)?"
    "|(?:my|that) answer|what i (?:just )?said(?: before| earlier)?"
)
_ADDITION = (
    f"{_any('something', '(?:one|a)(?: more)? (?:thing|point|detail)', 'a (?:bit|little)')}"
    "(?: (?:more|else))?"
)
_INTERVIEW = f"{_maybe('the', 'this', 'our')}{_any('interview', 'session', 'practice', 'call')}"
_NOW = _then("here", "now", "there", "today", "for today", "for now", "right (?:here|now)")
_VERY = _then("really", "honestly", "just", "actually", "truly", "absolutely", "still", "quite")
_TOPIC = _any("it", "this", "that", "(?:this|that) (?:one|question|topic)", "the (?:answer|topic)")

_PHRASES: Final[dict[Intent, tuple[str, ...]]] = {
    Intent.REPEAT: (
        f"(?:repeat|reread|restate)(?:ing)?(?: {_IT})?{_then(_AGAIN, 'for me', 'to me')}",
        (
            f"(?:say|ask|read|hear|tell|give)(?:ing)?(?: me)?(?: {_IT})?(?: to me)?"
            f" {_AGAIN}{_then(_AGAIN)}"
        ),
        f"what (?:was|is)(?: it| that)? (?:the|that|this|your)(?: last)? question{_then(_AGAIN)}",
        f"what (?:was|is) (?:it|that){_then(_AGAIN)}",
        "what (?:did|were) you (?:just )?(?:say|saying|ask|asking)(?: me)?(?: again)?",
        f"what|pardon(?: me)?|(?:i )?beg your pardon|come again|say what|the question {_AGAIN}",
        "again|once more|one more time",
        (
            "i (?:didnt|did not|couldnt|could not|cant) (?:quite |really )?(?:hear|catch|get) "
            f"(?:{_IT}|all of (?:it|that))"
        ),
        "i (?:missed|forgot) (?:(?:part|some|half) of )?(?:that|(?:the|your) question)",
    ),
    Intent.REPHRASE: (
        f"(?:rephrase|reword|paraphrase|reformulate|simplify)(?:ing)?(?: {_IT})?{_then(_MORE)}",
        f"(?:put|say|ask|phrase|explain|word)(?:ing)?(?: me)?(?: {_IT})?(?: to me)? {_ANOTHER_WAY}",
        "(?:in )?(?:other|different|simpler) words",
        "make (?:it|that|the question) (?:simpler|clearer|easier)",
    ),
    Intent.CLARIFY: (
        (
            f"what (?:do|did|does) {_IT} (?:exactly |actually )?mean(?: exactly| here)?"
            r"(?: (?:by|with) (?:\w+ ){0,4}\w+)?"
        ),
        r"what (?:exactly )?is meant(?: by (?:\w+ ){0,4}\w+)?",
        f"clarify(?:ing)?(?: {_IT})?{_then(_MORE)}|clarify what you mean",
        f"(?:explain|elaborate on)(?:ing)? (?:the|this|that|your) question{_then(_MORE)}",
        f"(?:explain|tell me) what you(?: a?re|re)? (?:mean|asking|looking for){_then(_MORE)}",
        f"be {_maybe('a bit', 'a little')}(?:more (?:specific|precise)|clearer)(?: about {_IT})?",
        (
            "(?:get |have |give me |ask for )?(?:a |some )?"
            "(?:clarification|more context|more details?)"
            f"(?: (?:on|about) {_IT})?"
        ),
        (
            "(?:im|i am) not sure (?:what you(?: a?re|re)? (?:mean|asking|after|looking for)"
            f"|i (?:understand|follow|get)(?: {_IT})?)"
        ),
        f"(?:im|i am) (?:confused|lost)(?: (?:by|about) {_IT})?",
        (
            f"i (?:dont|do not|didnt|cant){_VERY} (?:understand|follow|get)"
            f"(?: (?:{_IT}|what you(?: a?re|re)? (?:mean|want|asking|saying)))?"
        ),
        (
            f"i (?:dont|do not){_VERY} know what (?:you(?: a?re|re)? (?:mean|asking)(?: for)?"
            "|(?:that|this|it|the question) means)"
        ),
        "what (?:exactly )?are you (?:asking|looking for|after)(?: for| me)?(?: exactly| here)?",
        "(?:the|this|that) question (?:is not|isnt) (?:very )?clear(?: to me)?",
        # Questions back: what they are about is anything, but not at length.
        f"(?:what|which)(?: \\w+){{1,4}} do you mean|do you mean{_ABOUT}|in what sense",
        f"are (?:we|you) (?:talking|asking)(?: me)? about{_ABOUT}|is (?:this|it) about{_ABOUT}",
        f"(?:can|may|should) i (?:assume|focus on|talk about|start with){_ABOUT}",
        "what (?:do you|should i|would you like me to)(?: want me to)? focus on",
        "how (?:deep|detailed|long) (?:should i (?:go|be)|should (?:it|this|my answer) be)",
        "how much detail(?: (?:do you want|should i (?:give|go into)|are you looking for))?",
    ),
    Intent.HINT: (
        (
            f"{_maybe('get', 'have', 'give me', 'offer me', 'ask for', 'use', 'need', 'i need')}"
            f"{_maybe('i (?:would|could) (?:like|use)', 'id (?:like|love)', 'could use')}"
            f"{_maybe('do you have')}"
            f"{_maybe('is there', 'are there', 'got')}"
            f"{_maybe('a', 'an', 'another', 'one', 'any', 'some', 'the', 'a second', 'the next')}"
            f"{_maybe('more', 'further', 'small', 'little', 'quick', 'tiny', 'other')}"
            f"(?:hints?|clues?)(?: (?:for|on|about|with) {_IT})?"
        ),
        "(?:give me|i need|any|some|have)(?: (?:a|some))? (?:nudge|tips?|pointers?)",
        (
            f"{_maybe('i need', 'i could use', 'get', 'give me', 'have', 'need')}"
            f"{_maybe('some', 'a little', 'a bit of', 'any')}"
            f"help(?: me)?(?: out)?{_then('here', 'a bit', 'a little', f'with {_IT}')}"
        ),
        "(?:point|nudge|steer|push) me in the right direction|(?:nudge|help) me(?: get started)?",
        f"(?:where|how|what) (?:should|do|would|can) i (?:start|begin)(?: with)?(?: {_IT})?",
        f"give me (?:something|anything) to {_any('start', 'begin', 'work')} with",
        # Neither is answered; both are to be answered with a nudge or with "no hints here".
        f"(?:tell|give|show) me the {_maybe('right', 'correct', 'model')}answer(?: to {_IT})?",
        f"(?:whats|what is) the {_maybe('right', 'correct')}answer(?: to {_IT})?",
        "(?:am i|is (?:this|that)) (?:on the right track|going in the right direction)",
        f"(?:im|i am){_VERY} (?:kind of |a bit )?stuck(?: here| on this(?: one)?)?",
    ),
    Intent.PAUSE: (
        f"think(?: out loud| aloud)?{_OVER}|(?:gather|collect) my thoughts|let me (?:see|finish)",
        f"thinking(?: about {_IT})?",
        "(?:write|note) (?:it|this|that|something) down|take (?:a )?notes?",
        f"(?:give|allow) me {_WHILE}(?: to think{_OVER})?",
        f"(?:i )?(?:have|take|get|need|use|want) {_WHILE}(?: to think{_OVER})?",
        f"(?:i need|id like|i want) {_WHILE}(?: to think{_OVER})?",
        f"(?:hold on|hang on|wait|bear with me)(?: for)?(?: {_WHILE})?",
        (
            f"(?:just )?(?:a|one|another|a few|a couple of) (?:more )?"
            f"(?:seconds?|secs?|minutes?|mins?|moments?)(?: to think{_OVER})?"
        ),
        f"(?:im|i am) (?:still )?thinking{_OVER}",
        "good question|(?:thats|that is) (?:a )?(?:good|great|tough|hard|tricky) (?:question|one)",
    ),
    Intent.SKIP: (
        f"(?:skip|pass)(?:ing)?(?: on| over)?(?: (?:{_IT}|to {_NEXT}))?(?: for now)?|i pass",
        f"(?:go|move|jump|proceed|continue|get)(?: on| ahead| forward)?(?: (?:with|to))? {_NEXT}",
        f"(?:(?:move|moving|go|carry) on|continue|proceed)(?: from {_IT})?(?: for now)?",
        "leave (?:it|this one|that one)(?: there| here| at that)?",
        f"(?:come|get) back to {_IT}(?: (?:later|afterwards|at the end))",
        f"(?:have|hear|ask me|ask|do|try|get|give me|take) {_NEXT}",
        f"{_NEXT}|whats next|what is next|whats the next (?:question|one)",
        f"(?:im|i am) ready for {_NEXT}|ready for {_NEXT}",
        (
            "(?:thats|that is|that was) (?:it|all)(?: i (?:have|got|know|wanted to say))?"
            "(?: from (?:me|my side)| for (?:this|that)(?: one)?)?"
        ),
        "nothing(?: (?:else|more))? to (?:add|say)|nothing (?:else|more)|never ?mind",
        (
            "i (?:dont|do not) have anything(?: else| more)?(?: to (?:add|say))?"
            "|i have nothing(?: else| more)?(?: to (?:add|say))?"
        ),
        "(?:im|i am) (?:done|finished)(?: with (?:this|that|it)(?: (?:one|question))?)?|done",
        (
            f"i (?:dont|do not) want to answer(?: {_IT})?|i(?:d| would) rather not (?:answer|say)"
            f"(?: {_IT})?"
        ),
    ),
    Intent.DONT_KNOW: (
        (
            f"i{_VERY} (?:dunno|(?:dont|do not|didnt){_VERY} (?:know|remember|recall))"
            "(?: (?:anything|much|a lot|enough|how to (?:answer|do)|what to say|where to start"
            "|the answer))?"
            f"(?: (?:about|to|for))?(?: {_TOPIC})?"
            f"{_then('at all', 'yet', 'right now', 'exactly', 'unfortunately', 'either')}"
        ),
        "dunno|idk|dont know|do not know|no (?:idea|clue|answer)(?: at all)?|not sure|unsure",
        (
            f"(?:i|ive|i have){_VERY}(?: (?:have|got))?{_VERY} (?:no|zero|not a|not the slightest"
            f"|not the faintest) (?:idea|clue|answer)(?: (?:about|on|for|of) {_TOPIC})?"
            f"{_then('at all', 'what (?:that|this|it) is')}"
        ),
        (
            f"i (?:dont|do not|havent|have not)(?: (?:have|got))?{_VERY} (?:a|any|the slightest"
            f"|the faintest) (?:idea|clue)(?: (?:about|on) {_TOPIC})?"
        ),
        (
            f"(?:im|i am){_VERY} (?:not{_VERY} (?:sure|familiar|certain)|unsure|blanking|clueless"
            f"|drawing a blank)(?: (?:about|of|with|on|how to answer))?(?: {_TOPIC})?"
            f"{_then('at all', 'right now', 'either')}"
        ),
        (
            f"i{_VERY} (?:cant|cannot|can not|couldnt|could not){_VERY} (?:answer|say"
            "|tell you|remember|recall|think of anything)"
            f"(?: {_TOPIC})?{_then('at all', 'right now')}"
        ),
        f"i (?:forgot|forget|have forgotten)(?: {_TOPIC})?|ive forgotten(?: {_TOPIC})?",
        (
            f"(?:i |ive |i have )?never (?:heard|learned|seen|used|studied|worked)"
            f"(?: (?:of|with|about))? {_TOPIC}(?: before)?"
        ),
        "i give up|beats me|you got me|my mind (?:is|went|has gone)(?: completely)? blank",
    ),
    Intent.BACK: (
        (
            f"(?:go|going|come|jump|step|get) back(?: (?:to|on) (?:{_ANSWER}))?"
            f"(?: (?:and|to) (?:add|change|correct|fix) (?:{_ADDITION}|{_ANSWER}))?"
        ),
        f"(?:return to|revisit|reopen) (?:{_ANSWER})",
        f"add(?:ing)? {_ADDITION}(?: (?:to|on|about) (?:{_ANSWER}|it|that))?",
        f"add(?:ing)? (?:more )?(?:to|on) (?:{_ANSWER}|it|that)",
        (
            f"(?:change|correct|fix|revise|amend|extend|expand(?: on)?|elaborate on|complete"
            f"|improve|finish) (?:{_ANSWER})"
        ),
        f"(?:i have |theres |there is )?{_ADDITION} to add(?: to (?:{_ANSWER}|it|that))?",
        f"{_ADDITION} (?:on|about|for|to) (?:{_ANSWER})",
        f"i forgot (?:to (?:mention|say|add) )?{_ADDITION}(?: (?:in|on|about) (?:{_ANSWER}))?",
        f"back|back to (?:{_ANSWER})",
    ),
    Intent.END: (
        f"(?:end|stop|quit|exit)(?:ing)?(?: (?:{_INTERVIEW}|it|this))?{_NOW}",
        (
            f"(?:end|stop|finish|terminate|abort|cancel|conclude|leave)(?:ing)? {_INTERVIEW}"
            f"(?: early)?{_NOW}"
        ),
        (
            "(?:end|stop|finish) (?:it |this )?(?:early|here|now)(?: (?:today|please))"
            "|finish (?:here|now)"
        ),
        f"(?:wrap|end|finish)(?:ing)? (?:{_INTERVIEW} |it |this |things )?up{_NOW}",
        f"lets finish{_NOW}|call it (?:a day|quits)|be done(?: with {_INTERVIEW})?{_NOW}",
        "(?:thats |that is )?(?:it|all|enough) for (?:today|now)",
        f"(?:im|i am) (?:done|finished) (?:for (?:today|now)|with {_INTERVIEW})",
        "(?:i (?:have to|need to|got to|gotta|must)|ive got to) (?:go|leave|run|stop)(?: now)?",
        "(?:good ?)?bye(?: bye)?",
    ),
}

_HESITATION: Final = _any(
    "u+[mh]+", "e+r+m*", "h+m+", "m+h*m*", "a+h+", "ok|okay|alright|all right", "thanks|thank you",
    "got it",
)  # fmt: skip
_OPENING: Final = (
    r"(?:can|could|would|will|may|might) (?:you|we|i)",
    r"(?:id|i would|i|we) (?:like|want|love|prefer|wish|need)(?: you)? to",
    r"(?:would|do) you mind(?: if (?:i|we|you))?",
    r"is it (?:ok|okay|possible|alright) (?:to|if (?:i|we|you))",
    r"(?:lets|let us|let me|ill|i will|i wanna|im going to|i have to|can|could)",
    r"i think (?:ill|i will|we should|i should)|we (?:can|should)|you can|why dont (?:we|you)",
)
_FILLER: Final = _any(
    _HESITATION,
    "eh|oh|well|so|like|then|now|and|but|or|hey|hi|hello|also|first|because|since|too|though",
    "yes|yeah|yep|no|nope|nah|right|sure|great|cool|good|perfect|fine|really|very|just|maybe|perhaps",
    "please|kindly|sorry|(?:im|i am) (?:very |so )?sorry|(?:my )?apologies|my bad|oops|excuse me",
    "thanks a lot|thank you (?:so|very) much|actually|honestly|basically|frankly|unfortunately",
    "to be (?:honest|fair|frank)|you know|i mean|i (?:guess|think|suppose|see)|(?:im|i am) afraid",
    "if (?:possible|you can|i may|you dont mind|(?:thats|that is) (?:ok|okay|fine|alright))",
    "for (?:me|now)|here|quickly|real quick|instead|anyway|in that case|man|sir|interviewer",
    "a bit|a little|one last time",
    *_OPENING,
)

# When one utterance holds several requests, the first of these that it holds is
# meant: "I don't know, can I get a hint?" asks for a hint.
_MEANT: Final = (
    Intent.END, Intent.BACK, Intent.HINT, Intent.REPHRASE, Intent.CLARIFY, Intent.REPEAT,
)  # fmt: skip


def recognise(text: str) -> Intent | None:
    """The request an utterance is, or None: it is an answer.

    Args:
        text: As typed, or as a raw transcript. Case and punctuation do not matter.
    """
    if len(text) > MAX_WORDS * 40:
        return None
    words = normalise(text).split()
    if not words or len(words) > MAX_WORDS:
        return None
    found = _requests(words)
    if found is None:
        return None
    if not found:
        hesitating = re.fullmatch(f"(?:{_HESITATION}(?: |$))+", " ".join(words))
        return Intent.PAUSE if hesitating else None
    for intent in _MEANT:
        if intent in found:
            return intent
    if found[-1] is not Intent.PAUSE and Intent.DONT_KNOW in found:
        return Intent.DONT_KNOW
    return found[-1]


def normalise(text: str) -> str:
    """Lower case, apostrophes dropped, everything but letters and digits a space."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"['`\u00b4\u2018\u2019\u02bc]", "", plain)
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


@cache
def _patterns() -> tuple[tuple[Intent | None, re.Pattern[str]], ...]:
    """Fillers first: words that are both open or close a request."""
    phrases = [(intent, re.compile(_any(*given))) for intent, given in _PHRASES.items()]
    return ((None, re.compile(_FILLER)), *phrases)


def _requests(words: list[str]) -> tuple[Intent, ...] | None:
    """The fewest requests that, with fillers, make up all the words; None: they do not."""
    best: list[tuple[Intent, ...] | None] = [None] * len(words) + [()]
    for start in reversed(range(len(words))):
        for end in range(len(words), start, -1):
            rest = best[end]
            if rest is None:
                continue
            part = " ".join(words[start:end])
            for intent, pattern in _patterns():
                known = best[start]
                size = len(rest) + (intent is not None)
                if (known is None or size < len(known)) and pattern.fullmatch(part):
                    best[start] = rest if intent is None else (intent, *rest)
    return best[0]
