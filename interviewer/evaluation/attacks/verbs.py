"""Closed lists of English words by which ``negation`` finds a clause's verb."""

from __future__ import annotations

AUXILIARIES = frozenset(
    "is are was were am can could will would shall should must may might has have had do does "
    "did".split()
)

PRONOUNS = frozenset(
    "i you we they it he she this that these those both each one which who there people "
    "everybody nobody everyone models trees".split()
)
"""Words after which a verb is a verb."""

RELATIVES = frozenset("that which who whose whom".split())

SUBORDINATORS = frozenset(
    "if when because since although though as once unless which where who whose "
    "until whether like say including plus minus".split()
)

BEFORE_NOUNS = frozenset(
    """a an the its their his her my our your this these those each every any some no all both
    of in on at by for from with without into over under between per as than about through during
    and or more less most least few fewer many several one two three four five ten other another
    same new old true false high low large small big little good bad better best whole full first
    last next final only own single early late hard soft long short single raw real such
    learning training test what which how whose random
    held-out mean much own gold fixed different similar not to""".split()
)
"""Words after which a word that can be noun or verb is a noun."""

_PLAIN = """accept achieve add adjust amount alternate agree allow answer apply approximate ask
assign assume attend average avoid backpropagate balance become begin behave belong break bring
build calculate call catch cause change chase check choose collapse collect combine come compare
compete compress compute concentrate consist contain continue contribute control converge
convert cope correct correspond cost count cover create cut deal decide decrease define depend
deploy depict describe detect determine differ discard discuss divide drift drop eliminate embed
encode encourage ensure equal estimate evaluate exceed expect explain explode express extract
fail fall feed fetch fill fine-tune find fit fix flag focus follow force forget freeze gain
gather generalise generalize generate get give go grow guarantee guess handle happen help hide
hold hurt identify ignore imply improve impute include increase indicate infer inject inspect
interpolate introduce invent keep know lack lead learn leave let level lie limit link live load
log look lose lower maintain make map mark mask match matter maximise maximize mean measure
memorise memorize minimise minimize miss mix model modify monitor move multiply need normalise
normalize occur optimise optimize order overfit parallelise parallelize pass pay penalise
penalize perform pick plot point predict prefer prevent produce project promote propagate
propose protect prove provide prune pull push put quantise quantize raise randomise range rank
reach react read rebuild recalibrate receive recompute reduce refer register regularise
regularize reject rely remain remember remove repeat replace report represent request require
resample rescale respect respond restrict result retrain return reuse reveal reverse review
reweight roll rotate route run sample satisfy save say scale score search see select send
separate serve set shift ship show shrink shuffle simulate sit skip slide slow smooth solve
split spread stabilise stabilize stack standardise standardize start state stay step stop store
struggle subtract suffer suggest suit sum support switch take talk teach tell tend test think
track trade train transform translate treat trigger try tune turn underestimate underfit
understand unfreeze update use validate vanish vary verify vote wait want warm watch weigh
weight win work write yield zero""".split()

AMBIGUOUS_PLAIN = frozenset(
    """answer approximate average balance cause change check control correct cost count cover cut
    deal drift drop equal estimate fall feed fit fix flag focus force function gain guess help
    increase decrease lack lead level limit link live load log look map mark mask match matter
    mean measure model move need order pass pay pick plot point project range rank reach request
    result return review roll route run sample scale score search separate set shift ship show
    split spread stack start state step stop store sum support switch talk test track trade train
    transform turn update use vote wait watch weight win work yield zero""".split()
)
"""Verbs whose plain form is as often a noun or an adjective."""

_PAST = {
    "became": "become", "began": "begin", "broke": "break", "brought": "bring", "built": "build",
    "came": "come", "caught": "catch", "chose": "choose", "fell": "fall", "fed": "feed",
    "felt": "feel", "forgot": "forget", "found": "find", "froze": "freeze", "gave": "give",
    "got": "get", "grew": "grow", "held": "hold", "kept": "keep", "knew": "know", "led": "lead",
    "left": "leave", "lost": "lose", "made": "make", "meant": "mean", "met": "meet",
    "paid": "pay", "ran": "run", "said": "say", "sat": "sit", "saw": "see", "sent": "send",
    "shrank": "shrink", "spent": "spend", "spoke": "speak", "stood": "stand", "taught": "teach",
    "thought": "think", "told": "tell", "took": "take", "understood": "understand",
    "went": "go", "won": "win", "wrote": "write", "learnt": "learn",
}  # fmt: skip
_PARTICIPLES = frozenset(
    "built found held kept left lost made meant paid said sent spent taught told understood led "
    "brought caught fed met".split()
)


def _third(verb: str) -> str:
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def _regular(verb: str) -> tuple[str, ...]:
    """What its past can look like."""
    if verb.endswith("e"):
        return (verb + "d",)
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return (verb[:-1] + "ied",)
    return verb + "ed", verb + verb[-1] + "ed"


_FORMS: dict[str, tuple[str, str]] = {
    **{past: (verb, "did not") for verb in _PLAIN for past in _regular(verb)},
    **{past: (verb, "did not") for past, verb in _PAST.items()},
    **{_third(verb): (verb, "does not") for verb in _PLAIN},
    **{verb: (verb, "do not") for verb in _PLAIN},
}

AMBIGUOUS = AMBIGUOUS_PLAIN | {_third(verb) for verb in AMBIGUOUS_PLAIN} | _PARTICIPLES


def finite(word: str) -> tuple[str, str] | None:
    """The plain form of a verb and the auxiliary that negates it, or None."""
    return _FORMS.get(word)


_PAIRS = """high low|higher lower|highest lowest|more less|most least|increase decrease|
increases decreases|increased decreased|increasing decreasing|before after|above below|
large small|larger smaller|big little|fast slow|faster slower|cheap expensive|many few|
always never|with without|same different|similar different|independent dependent|
parallel sequential|overfit underfit|overfitting underfitting|positive negative|
positives negatives|true false|first last|left right|early late|easy hard|possible impossible|
good bad|better worse|best worst|long short|strong weak|deep shallow|rare common|add remove|
maximum minimum|maximise minimise|maximises minimises|maximize minimize|maximizes minimizes|
raise lower|raises lowers|gain lose|important unimportant|stable unstable|enough insufficient|
supervised unsupervised|useful useless|safe unsafe|correct wrong|old new|everything nothing|
all none|up down|in out|global local|dense sparse|linear nonlinear|continuous discrete|
encoder decoder|labelled unlabelled|labeled unlabeled|balanced imbalanced|offline online|
numerator denominator|smooth rough|converge diverge|
converges diverges|encourages discourages|allows prevents|helps hurts|plus minus"""


def _both_ways() -> dict[str, str]:
    table: dict[str, str] = {}
    for pair in _PAIRS.replace("\n", "").split("|"):
        one, other = pair.split()
        table.setdefault(one, other)
        table.setdefault(other, one)
    return table


OPPOSITES = _both_ways()
"""A word to its opposite, lower case."""
