"""Make a stranger's text harmless inside Markdown, and still readable as it stands.

Everything that could be markup is escaped, in one pass over the text, by the
rules of CommonMark (0.31, section 2.4) and the GFM extensions. A terminal's
control sequences and direction overrides are taken out.
"""

from __future__ import annotations

import re

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_NO_BREAK = "\N{NO-BREAK SPACE}"

_LINE_END = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_INLINE = re.compile(
    r"""
      (?P<less><)
    | (?P<entity>&(?=\#|\w+;))
    | (?P<mark>[\\`*_\[\]|~$#@])
    | (?P<scheme>(?<=\w):(?=//)|(?<=mailto):|(?<=xmpp):)   # GFM links bare addresses
    | (?P<www>(?<=www)\.)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BLOCK = re.compile(r"(?P<bullet>[-+>=:])|(?P<number>\d+)(?P<end>[.)])")


def line(text: str) -> str:
    """The text on one line, for a heading, a cell or an item."""
    return _escaped(" ".join(_visible(text).split()))


def quote(text: str) -> list[str]:
    """The text as the lines of a block quote; its line breaks and indents are kept."""
    rows = [_indented(row) for row in _visible(text).strip("\n").split("\n")]
    # Two spaces at the end of a line keep its break when it is rendered.
    breaks = [
        "  " if row and after else "" for row, after in zip(rows, [*rows[1:], ""], strict=True)
    ]
    return [f"> {row}".rstrip(" ") + end for row, end in zip(rows, breaks, strict=True)]


def _indented(row: str) -> str:
    """The row with its indent in no-break spaces: plain ones would begin a code block."""
    words = row.strip()
    indent = len(row) - len(row.lstrip()) if words else 0
    return _NO_BREAK * indent + _escaped(words)


def _visible(text: str) -> str:
    """One kind of line end, and nothing that a terminal would obey."""
    return _UNSEEN.sub(_REPLACEMENT, _LINE_END.sub("\n", text).expandtabs(4))


def _escaped(row: str) -> str:
    inline = _INLINE.sub(_neutral, row)
    begins = _BLOCK.match(inline)
    if begins is None:
        return inline
    if begins["bullet"]:
        return "\\" + inline
    return f"{begins['number']}\\{inline[begins.end('number') :]}"


def _neutral(found: re.Match[str]) -> str:
    if found["less"]:
        return "&lt;"
    return "&amp;" if found["entity"] else "\\" + found[0]
