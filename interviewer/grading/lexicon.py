"""Closed classes of English words that carry structure rather than content."""

from __future__ import annotations

NEGATORS = frozenset(
    "not no never without cannot nor neither none hardly isn't aren't wasn't weren't don't doesn't "
    "didn't can't couldn't won't wouldn't shouldn't hasn't haven't hadn't nothing".split()
)

FILLERS = frozenset("um uh er erm hmm like basically kind sort actually yeah okay well".split())

FUNCTION_WORDS = frozenset(
    """a about above after again against all also although always am among an and another any are as
    at be because been before being below between both but by can could did do does doing done down
    during each either else even every few for from further get gets give given go goes had has have
    having he her here him his how i i'd i'll i'm i've if in instead into is it it's its itself just
    let let's lets make makes many may me might more most much must my need needs neither no nor not
    of off often on once one only or other otherwise our out over own per quite rather really same say
    says see she should since so some something still such take takes than that that's the their them
    then there there's these they they're thing things this those though through thus to too toward
    towards two under until up upon us use used uses using usually very was way we we'd we're were
    what what's when where whereas whether which while who whose why will with within without would
    you you'd you're your yourself""".split()
)

_OPPOSITES = """
increase decrease | increases decreases | increased decreased | increasing decreasing
raise lower | raises lowers | raising lowering | grow shrink | grows shrinks | rise fall
rises falls | up down | more less | more fewer | higher lower | high low | larger smaller
large small | bigger smaller | big small | before after | with without | always never
faster slower | fast slow | better worse | best worst | simple complex | simpler complex
underfit overfit | underfits overfits | underfitting overfitting | many few | maximise minimise
maximize minimize | maximises minimises | maximizes minimizes | maximum minimum | max min
longer shorter | long short | stronger weaker | strong weak | deeper shallower | deep shallow
first last | earlier later | early late | online offline | biased unbiased | stable unstable
linear nonlinear | convex nonconvex | supervised unsupervised | labelled unlabelled
labeled unlabeled | dependent independent | correlated uncorrelated | frozen trainable
sequential parallel | sequentially parallel | local global | sparse dense | positive negative
include exclude | same different | adds removes | add remove | allows prevents | helps hurts
improves worsens | easier harder | easy hard | cheap expensive | cheaper dearer | true false
sensitive insensitive | wide narrow | wider narrower | above below | gain lose
"""

OPPOSITES: frozenset[frozenset[str]] = frozenset(
    frozenset(pair.split()) for line in _OPPOSITES.split("\n") for pair in line.split("|") if pair.strip()
)
"""Pairs of words of which one turns a statement into its opposite."""

OPPOSITE_WORDS = frozenset(word for pair in OPPOSITES for word in pair)


def is_negator(word: str) -> bool:
    """Whether a lower-case word negates what it stands with."""
    return word in NEGATORS or word.endswith("n't")
