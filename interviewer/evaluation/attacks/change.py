"""Ways to change a text: words and sentences moved, dropped, misspelt, laid out.

Every function takes its random numbers, so that the same probe is the same for ever.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|fig|eq|al|dr|mr|mrs)\.|\b(?-i:[A-Z])\.)$", re.IGNORECASE
)
_LETTERS = re.compile(r"[A-Za-z]+")
_LONG = re.compile(r"[A-Za-z]{5,}")
_TERM = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")

FILLERS = ("um", "uh", "er", "like", "you know")

SPELLINGS: Mapping[str, str] = {
    pair.partition("/")[0]: pair.partition("/")[2]
    for pair in (
        "behaviour/behavior colour/color favour/favor flavour/flavor neighbour/neighbor "
        "neighbours/neighbors neighbourhood/neighborhood labour/labor honour/honor "
        "labelled/labeled labelling/labeling unlabelled/unlabeled mislabelled/mislabeled "
        "modelled/modeled modelling/modeling travelling/traveling cancelled/canceled "
        "cancelling/canceling signalling/signaling centre/center centres/centers "
        "centred/centered metre/meter metres/meters fibre/fiber artefact/artifact "
        "artefacts/artifacts programme/program catalogue/catalog analogue/analog grey/gray "
        "judgement/judgment learnt/learned defence/defense offence/offense licence/license "
        "towards/toward maths/math ageing/aging cheque/check whilst/while amongst/among "
        "sceptical/skeptical fulfil/fulfill mould/mold tonne/ton analyse/analyze "
        "analysed/analyzed catalysed/catalyzed"
    ).split()
} | {
    stem + uk: stem + us
    for stem in (
        "regular normal general optim minim maxim penal initial token summar organ recogn "
        "parametr reparametr vector quant discret standard random real special categor factor "
        "parallel serial synchron visual stabil memor prior util character final formal central "
        "symbol lineari binar custom neutral emphas digit monet"
    ).split()
    for uk, us in (
        ("ise", "ize"),
        ("ised", "ized"),
        ("ises", "izes"),
        ("ising", "izing"),
        ("isation", "ization"),
        ("iser", "izer"),
    )
}
"""British to American."""

_BRITISH = {us: uk for uk, us in SPELLINGS.items() if us not in {"learned", "check", "ton"}}
_NOT_ALONE = frozenset(("while", "program", "among"))

DISCOURSE: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"(?<=^)So(?=,? (?!far|long|much|many))", "Therefore"),
        (r"(?<=[.!?;] )So(?=,? (?!far|long|much|many))", "Therefore"),
        (r"(?<=, )so(?= (?!that|far|long|much|many|on\b))", "therefore"),
        (r"\bTherefore\b", "So"),
        (r"\btherefore\b", "so"),
        (r"\bFor example\b", "For instance"),
        (r"\bfor example\b", "for instance"),
        (r"\bfor instance\b", "for example"),
        (r"\bbecause\b(?! of)", "since"),
        (r"\bBecause\b(?! of)", "Since"),
        (r"\bwhereas\b", "while"),
        (r"\bHowever\b", "Yet"),
        (r"(?<=, )but\b", "yet"),
        (r"(?<=[.!?] )But\b", "Yet"),
        (r"(?<=[.!?] )Also\b", "Besides"),
        (r"(?<=[.!?] )Finally\b", "Lastly"),
        (r"(?<=[.!?] )Then\b", "After that"),
        (r"\bthat is why\b", "which is why"),
    )
)
"""Words that only join; none of them decides what is claimed."""


def sentences(text: str) -> list[str]:
    """The sentences of a written text; a raw transcript is one sentence."""
    found, start = [], 0
    for end in _END.finditer(text):
        if _SHORT.search(text[start : end.start()]):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def terms(text: str) -> list[str]:
    """The content words of a text in their order, each once, in lower case."""
    from interviewer.grading.lexicon import FUNCTION_WORDS

    words = (match.group().lower() for match in _TERM.finditer(text))
    return list(dict.fromkeys(w for w in words if w not in FUNCTION_WORDS and len(w) > 1))


def shuffled(text: str, draw: random.Random) -> str:
    """All words of a text in random order."""
    words = text.split()
    draw.shuffle(words)
    return " ".join(words)


def reordered(text: str, draw: random.Random) -> str:
    """The sentences of a text in another order, if it has more than one."""
    whole = sentences(text)
    if len(set(whole)) <= 1:
        return text
    moved = list(whole)
    while moved == whole:
        draw.shuffle(moved)
    return " ".join(moved)


def with_fillers(text: str, draw: random.Random) -> str:
    """A filler before about one word in ten, at least one."""
    words = text.split()
    places = set(draw.sample(range(len(words)), max(1, len(words) // 10))) if words else set()
    return " ".join(
        f"{draw.choice(FILLERS)} {word}" if index in places else word
        for index, word in enumerate(words)
    )


def unpunctuated(text: str) -> str:
    """Lower case, without the marks that end or set off phrases; numbers stay whole."""
    bare = re.sub(r"(?<!\w)[(\[]([^()\[\]]*)[)\]]", r"\1", text)
    bare = re.sub(r"[.,;:!?…]+(?=[\s\"'”’]|$)|(?<!\w)[\"“”]|[\"“”](?!\w)", "", bare)
    return " ".join(re.sub(r"\s[-–—]+\s", " ", bare).lower().split())


def with_typos(text: str, draw: random.Random) -> str:
    """One misspelt word in fifteen, at least one: letters swapped, dropped or doubled.

    Only words of five letters and more, never their first or last letter.
    """
    places = [match.span() for match in _LONG.finditer(text)]
    most = max(1, len(text.split()) // 15)
    for start, end in sorted(draw.sample(places, min(most, len(places))), reverse=True):
        text = text[:start] + _misspelt(text[start:end], draw) + text[end:]
    return text


def _misspelt(word: str, draw: random.Random) -> str:
    swaps = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1]]
    place = draw.randrange(1, len(word) - 1)
    how = draw.choice(("swap", "drop", "double"))
    if how == "swap" and swaps:
        place = draw.choice(swaps)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if how == "drop":
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place] + word[place:]


def respelt(text: str) -> str:
    """British spellings made American, and American ones British."""

    def other(match: re.Match[str]) -> str:
        word = match.group()
        low = word.lower()
        new = SPELLINGS.get(low) or (None if low in _NOT_ALONE else _BRITISH.get(low))
        if new is None:
            return word
        return new.capitalize() if word[0].isupper() else new

    return _LETTERS.sub(other, text)


def rejoined(text: str) -> str:
    """Joining words (so, because, for example) replaced by others of the same meaning."""
    # One pass over the places, so that no word is replaced twice.
    found: dict[int, tuple[int, str]] = {}
    for pattern, new in DISCOURSE:
        for match in pattern.finditer(text):
            found.setdefault(match.start(), (match.end(), new))
    for start in sorted(found, reverse=True):
        end, new = found[start]
        text = text[:start] + new + text[end:]
    return text


def bulleted(text: str) -> str:
    """A sentence a line, each with a bullet."""
    return "\n".join(f"- {sentence}" for sentence in sentences(text))
