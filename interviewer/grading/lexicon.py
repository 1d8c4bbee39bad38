"""Closed classes of English words that carry structure rather than content."""

from __future__ import annotations

NEGATORS = frozenset(
    "not no never without cannot nor neither none hardly isn't aren't wasn't weren't don't doesn't "
    "didn't can't couldn't won't wouldn't shouldn't hasn't haven't hadn't nothing".split()
)

FILLERS = frozenset("um uh er erm hmm like basically kind sort actually yeah okay well".split())

FUNCTION_WORDS = frozenset(
    """a about above after again against all also although always am among an and another any are
    as at be because been before being below between both but by can could did do does doing
    done down during each either else even every few for from further get gets give given go
    goes had has have having he her here him his how i i'd i'll i'm i've if in instead into is
    it it's its itself just let let's lets make makes many may me might more most much must my
    need needs neither no nor not of off often on once one only or other otherwise our out over
    own per quite rather really same say says see she should since so some something still such
    take takes than that that's the their them then there there's these they they're thing
    things this those though through thus to too toward towards two under until up upon us use
    used uses using usually very was way we we'd we're were what what's when where whereas
    whether which while who whose why will with within without would you you'd you're your
    yourself""".split()
)

DIRECTION_WORDS = frozenset(
    """after before same more less most least only always with between both all each every another
    other one up down over under own few many first last until again once""".split()
)
"""Function words that still decide what a sentence says."""


GENERIC_WORDS = frozenset(
    """actually answer application approach area article aspect aware bad best better big book
    business careful case challenge common company concept consider context course daily
    data deal depend detail different difficult discuss domain easy engineer example
    experience expert explain field find follow fundamental future general give go good great
    happen hard help idea important industry interesting interview involve issue job keep kind
    know large lead learn learning level life literature look lot machine main make matter mean
    method model modern need new number often opinion order paper part people person place
    point possible practice principle problem process product project quality question read real
    really research right role science see seen simple situation small solution start step still
    study system talk team technique technology tell thing think time tool topic try
    understand use useful value various want way well work world year""".split()
)
"""Words so general that a sentence of them alone says nothing about what was asked."""


def is_negator(word: str) -> bool:
    """Whether a lower-case word negates what it stands with."""
    return word in NEGATORS or word.endswith("n't")
