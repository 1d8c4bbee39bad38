"""Negate what a text claims, sentence by sentence, by rule.

A sentence is cut at commas and the like; each piece that is no subordinate clause
has its finite verb found and negated, or its negation removed. Where there is no
verb to be found, a word with an opposite is swapped. A sentence that neither
changes is dropped: it would be left claiming the truth.
"""

from __future__ import annotations

import re

from interviewer.evaluation.attacks.change import sentences
from interviewer.evaluation.attacks.verbs import (
    AMBIGUOUS,
    AUXILIARIES,
    BEFORE_NOUNS,
    OPPOSITES,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
    finite,
)

_WORD = re.compile(r"(?<![\w/-])[A-Za-z]+(?:['’-][A-Za-z]+)*")
_CUT = re.compile(
    r"(?<=[,;:])\s+|\s+[-–—]\s+"
    r"|\s+(?=(?:and|but|so|or)\s)"
    r"|\s+(?=(?:because|since|whereas|while|which|where|when|if|unless|although)\b)"
)
_LEAD = re.compile(r"^(?:and|but|so|or|then|also|plus|while|whereas)\s+", re.IGNORECASE)
_CLITIC = re.compile(
    r"^(?:I|you|we|they|it|he|she|that|there|what|who|here)['’](?:s|re|m|ve|ll|d)$", re.IGNORECASE
)
_NOBODY = {
    "no": "some",
    "neither": "each",
    "nobody": "everybody",
    "none": "all",
    "nothing": "everything",
}
_PLAIN = {"won't": "will", "can't": "can", "cannot": "can", "shan't": "shall"}
_ADVERBS = frozenset(
    "also always usually often mostly still then therefore just only really simply even now "
    "typically generally already never quickly slowly directly roughly mainly".split()
)
_ORDER = 3
"""An order has at least as many words; fewer are items of a list."""
_DETERMINERS = frozenset("a an the it its them all every each my our their your his her".split())


def negated(text: str) -> tuple[str, float]:
    """A text with its claims negated, and the share of its sentences that changed.

    Returns:
        The text, empty when nothing could be negated, and the share, 0..1.
    """
    whole = sentences(text)
    changed = [new for sentence in whole if (new := negate(sentence)) is not None]
    return " ".join(changed), len(changed) / len(whole) if whole else 0.0


def negate(sentence: str) -> str | None:
    """The opposite of a sentence, or None where the rules find no claim in it."""
    done, cursor, changed = [], 0, False
    for start, end in _pieces(sentence):
        piece = sentence[start:end]
        new = None if _subordinate(piece) else _negate_piece(piece)
        done.append(sentence[cursor:start] + (piece if new is None else new))
        changed |= new is not None
        cursor = end
    if changed:
        return "".join(done) + sentence[cursor:]
    swapped = opposite(sentence)
    return swapped if swapped != sentence else None


def opposite(text: str) -> str:
    """A text with the first word that has an opposite swapped for it.

    Only the first: of two swapped words one would undo the other.
    """
    for match in _WORD.finditer(text):
        other = OPPOSITES.get(match.group().lower())
        if other is not None:
            return _put(text, match, other)
    return text


def _pieces(sentence: str) -> list[tuple[int, int]]:
    bounds, start = [], 0
    for cut in _CUT.finditer(sentence):
        bounds.append((start, cut.start()))
        start = cut.end()
    bounds.append((start, len(sentence)))
    return bounds


def _subordinate(piece: str) -> bool:
    first = _WORD.search(_LEAD.sub("", piece))
    return first is not None and first.group().lower() in SUBORDINATORS


def _negate_piece(piece: str) -> str | None:
    """The piece with its finite verb negated, or None where it has none."""
    words = list(_WORD.finditer(piece))
    begin = 1 if words and _LEAD.match(piece) else 0
    if begin < len(words) and (other := _NOBODY.get(words[begin].group().lower())):
        return _put(piece, words[begin], other)
    for index in range(begin, len(words)):
        word = words[index].group()
        low = word.lower().replace("’", "'")
        before = words[index - 1].group().lower() if index > begin else ""
        if before in RELATIVES and index - 1 > begin:
            continue
        if _CLITIC.match(word):
            return _after(piece, words, index)
        if low in _PLAIN:
            return _put(piece, words[index], _PLAIN[low])
        if low.endswith("n't"):
            return _put(piece, words[index], word[:-3])
        if low in AUXILIARIES and before not in {"to", "not"} | BEFORE_NOUNS:
            return _auxiliary(piece, words, index)
        plain = finite(low)
        if plain and _is_verb(words, index, begin):
            return _main(piece, words, index, begin, *plain)
    return None


def _auxiliary(piece: str, words: list[re.Match[str]], index: int) -> str:
    """Negate after an auxiliary; 'has' and 'do' as main verbs take 'do'."""
    low = words[index].group().lower()
    following = words[index + 1].group().lower() if index + 1 < len(words) else ""
    if low in {"has", "have", "had"} and not _participle(following):
        support = {"has": "does not have", "have": "do not have", "had": "did not have"}[low]
        if following in {"no", "not"}:
            return _drop(piece, words[index + 1])
        return _put(piece, words[index], support)
    return _after(piece, words, index)


def _after(piece: str, words: list[re.Match[str]], index: int) -> str:
    """Put 'not' after a word, or take away the negator that stands there."""
    if index + 1 < len(words) and words[index + 1].group().lower() in {"not", "never", "no"}:
        return _drop(piece, words[index + 1])
    end = words[index].end()
    return f"{piece[:end]} not{piece[end:]}"


def _main(
    piece: str, words: list[re.Match[str]], index: int, begin: int, plain: str, support: str
) -> str:
    """Negate a main verb: 'averages' to 'does not average'."""
    if index > begin and words[index - 1].group().lower() == "never":
        return _drop(piece, words[index - 1])
    if index + 1 < len(words) and (other := _NOBODY.get(words[index + 1].group().lower())):
        return _put(piece, words[index + 1], other)
    word = words[index].group()
    if word[0].isupper() and index == begin == 0:
        support = support.capitalize()
    return _put(piece, words[index], f"{support} {plain}")


def _is_verb(words: list[re.Match[str]], index: int, begin: int) -> bool:
    """Whether a word that can be a verb is one here, by what stands before it."""
    word = words[index].group()
    low = word.lower()
    place = index - 1
    while place >= begin and words[place].group().lower() in _ADVERBS:
        place -= 1
    before = words[place].group() if place >= begin else ""
    prior = before.lower()
    if not before:
        # An order, or one of several verbs of one subject; never a plural noun.
        following = words[index + 1].group().lower() if index + 1 < len(words) else ""
        if low in AMBIGUOUS or low.endswith("ed"):
            return following in _DETERMINERS
        return len(words) - begin >= _ORDER and (begin > 0 or not low.endswith("s"))
    if prior in PRONOUNS:
        return True
    if prior in BEFORE_NOUNS or prior in AUXILIARIES or prior == "to":
        return False
    if low.endswith("ed") or low in AMBIGUOUS:
        return prior.endswith("ing") or (before[0].isupper() and place > begin)
    return True


def _participle(word: str) -> bool:
    return word.endswith(("ed", "en", "wn")) or word in {
        "not", "also", "become", "had", "made", "found", "built", "learnt", "gone", "done",
    }  # fmt: skip


def _put(piece: str, word: re.Match[str], new: str) -> str:
    old = word.group()
    if old[0].isupper() and old != "I":
        new = new[0].upper() + new[1:]
    return piece[: word.start()] + new + piece[word.end() :]


def _drop(piece: str, word: re.Match[str]) -> str:
    return piece[: word.start()].rstrip() + piece[word.end() :]
