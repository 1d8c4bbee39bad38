"""Formulas as they are said. What can be read in two ways is not read at all."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from interviewer.speech.said import DIGITS, NUMBERS, Cursor, Node, Said, Unclear, number
from interviewer.speech.vocabulary import is_letter, tables

_PARTS: Final = frozenset("234")
"""Of "n over twenty" nobody knows whether n is divided, or larger."""


class Formula(Cursor):
    """Reads one formula from a word on, as far as it goes.

    Args:
        said: The text.
        at: The first word.
        term: What the vocabulary reads at a word, as (end, text).
    """

    def __init__(self, said: Said, at: int, term: Callable[[Said, int], tuple[int, str]]) -> None:
        """Nothing is read yet."""
        super().__init__(said, at)
        self._term = term

    def read(self) -> tuple[int, str] | None:
        """The formula as (end, text); None where there is none, or nothing that needs one.

        Raises:
            Unclear: It can be read in two ways.
        """
        if self.said.previous(self.at) == "log":
            only = self._function()
            return (self.at, only.text) if only else None
        left = self._product()
        if left is None:
            return None
        text, signs = left.text, tables()["signs"]
        while (sign := signs.get(self.next())) is not None:
            mark = self.mark()
            self.at += 1
            right = self._product()
            if right is None:
                self.back(mark)
                break
            if sign.strip() != "=":
                self._check(sign, left, right)
            text, left = text + sign + right.text, right
        following = self.next()
        if following in tables()["goes_on"] or (
            (is_letter(following) or following in tables()["greek"]) and left.kind != "square"
        ):
            raise Unclear(self.at + 1)
        lettered = "^" in text or any(map(str.isalpha, text))
        return (self.at, text) if self.strong and lettered else None

    def _check(self, sign: str, left: Node, right: Node) -> None:
        """Of "a minus b over c" and the like nobody knows what belongs together."""
        one = left.kind == "number" and right.text.startswith("1/")
        if (
            (right.kind == "ratio" and left.kind != "ratio" and not one)
            or (right.kind == "square" and left.kind in {"letter", "marked"})
            or (right.kind == "power" and right.text[0] not in "eβ")
            or ("·" in right.text and (sign == "-" or left.kind == "number"))
            or (right.kind == "number" and self._ahead("plus", "minus"))
        ):
            raise Unclear(self.at)

    def _ahead(self, *operators: str) -> str:
        """The kind of what one of those comes with next; none where it comes with nothing."""
        if self.next() not in operators:
            return ""
        mark = self.mark()
        self.at += 1
        try:
            node = self._product()
        except Unclear:
            return "unclear"
        finally:
            self.back(mark)
        return node.kind if node else ""

    def _settled(self) -> bool:
        """Whether what comes next is nothing that a number could count."""
        following = self.next()
        return not following or following in tables()["ends"]

    def _product(self) -> Node | None:
        operators = {"times": self._beside, "over": self._below}
        node = self._factor()
        while node is not None and (read := operators.get(self.next())):
            mark = self.mark()
            self.at += 1
            longer = read(node)
            if longer is None:
                self.back(mark)
                break
            node = longer
        return node

    def _beside(self, left: Node) -> Node | None:
        """What comes after "times"."""
        ratio = left.kind == "ratio"
        right = self._product() if ratio else self._group() or self._factor()
        if right is None:
            return None
        loose = right.kind not in {"group", "square"} and self._ahead("plus", "minus")
        if loose or (ratio and right.kind != "ratio"):
            raise Unclear(self.at)
        dot = "" if right.kind == "group" else "·"
        return Node(f"{left.text}{dot}{right.text}", "ratio" if ratio else "product")

    def _group(self) -> Node | None:
        """Brackets: "one minus p" under or beside something."""
        sign = tables()["signs"].get(self.next(1))
        if self.next() not in {"one", "1"} or sign not in {"+", "-"}:
            return None
        mark = self.mark()
        self.at += 2
        right = self._factor()
        if right is None:
            return self.no(mark)
        if right.kind == "power" and right.text[0] not in "eβ":
            raise Unclear(self.at)
        return Node(f"(1{sign}{right.text})", "group")

    def _below(self, above: Node) -> Node | None:
        """What comes after "over"; a sum where it begins with what is above."""
        group = self._group()
        node = group or self._factor()
        if node is None or (above.kind == node.kind == "number"):
            return None
        if node.kind == "number" and above.kind == "letter" and node.text not in _PARTS:
            raise Unclear(self.at)
        self.strong = True
        ahead = self._ahead("plus", "minus")
        if ahead in {"letter", "marked"} and node.text == above.text:
            sign = tables()["signs"][self.next()]
            self.at += 1
            other = self._factor()
            if other is not None and not self._ahead("plus", "minus", "times", "over"):
                return Node(f"{above.text}/({node.text}{sign}{other.text})", "ratio")
        if node.kind == "power" or self._ahead("over") or (ahead and (group or ahead != "ratio")):
            raise Unclear(self.at)
        below = f"({node.text})" if node.kind == "product" else node.text
        return Node(f"{above.text}/{below}", "ratio")

    def _factor(self) -> Node | None:
        """A number, a letter or a function with its marks; "two sigma squared"."""
        mark = self.mark()
        node = self._atom()
        if node is None:
            return None
        node, inner = self._marks(node), self.mark()
        coefficient = node.kind == "number" and node.text not in {"0", "1"}
        if coefficient or (node.text.endswith("ᵀ") and is_letter(self.next())):
            right = self._atom()
            if right is not None and right.kind != "number":
                return Node(node.text + self._marks(right).text, "product")
            self.back(inner)
        return node if node.kind != "number" or self._settled() else self.no(mark)

    def _atom(self) -> Node | None:
        word = self.next()
        for read in (self._order, self._log, self._root, self._function, self._letter):
            node = read() if word else None
            if node is not None:
                return node
        found = number(self.said, self.at) if word not in {"", "o", "oh"} else None
        if found is None or found[1] > self.stop:
            return None
        self.at = found[1]
        return Node(found[0], "number")

    def _letter(self) -> Node | None:
        """A letter, or a term of letters: "sigma", "n", "t p", "q k transpose"."""
        word, after, raw = self.next(), self.next(1), self.said.raw[self.at]
        if word in tables()["greek"]:
            self.at += 1
            return Node(tables()["greek"][word])
        end, text = self._term(self.said, self.at)
        if len(text) > 1 and text.isalpha() and text[-1].isupper() and end <= self.stop:
            self.at = end
            return Node(text)
        # Only a divisor is an i: elsewhere somebody speaks.
        index = raw == "i" and self.said.words[self.at - 1] == "over"
        if after == "of" or not (
            is_letter(word) or (index and (after or "so") in tables()["ends"])
        ):
            return None
        if after in NUMBERS:
            raise Unclear(self.at + 1)
        pair = is_letter(after) and self.next(2) == "transpose"
        raws = self.said.raw[self.at : self.at + 1 + pair]
        self.at += 1 + pair
        return Node("R" if (word, after) == ("r", "squared") else "".join(raws))

    def _marks(self, node: Node, *, power: bool = True) -> Node:
        """What is said after a letter: squared, hat, transpose, sub i, to the minus x."""
        table = tables()
        while True:
            word, after, text = self.next(), self.next(1), node.text
            last, named = self.said.words[self.at - 1], node.kind != "number"
            if named and word in table["raised"] and after not in table["errors"]:
                node = Node(text + table["raised"][word], "square")
            elif last in table["accented"].get(word, ()):
                accented = unicodedata.normalize("NFC", text + table["accents"][word])
                node = Node(accented, "marked")
            elif named and word == "transpose" and after not in table["layers"]:
                node = Node(f"{text}ᵀ", "marked")
            elif named and word == "sub" and (is_letter(after) or after in {*DIGITS, "i"}):
                step = {"plus one": "+1", "minus one": "-1"}.get(f"{self.next(2)} {self.next(3)}")
                under = f"{{{after}{step}}}" if step else DIGITS.get(after, after)
                node, self.at = Node(f"{text}_{under}", "marked"), self.at + (3 if step else 1)
            elif power and (raised := self._power(node)) is not None:
                return raised
            else:
                return node
            self.at += 1
            self.strong = True

    def _power(self, base: Node) -> Node | None:
        """What is raised: "to the minus x", "to the power of two", "to the fourth"."""
        mark, ordinals = self.mark(), tables()["nth"]
        bases = base.kind != "number" or base.text in {"2", "10"}
        if not self.take("to the power of", "to the power") and not (bases and self.take("to the")):
            return None
        if base.kind != "number" and self.next() in ordinals:
            count = ordinals.index(self.next())
            self.at += 1
            self.strong = True
            return Node(f"{base.text}^{count + 2 if count else 'n'}", "power")
        sign = "-" if self.take("minus", "negative") else ""
        node = self._exponent()
        if node is None:
            return self.no(mark)
        logistic = base.text == "e" and self.next(1) == "one" and self.next(2) == "plus"
        if self._ahead("plus", "minus", "times") or (self._ahead("over") and not logistic):
            raise Unclear(self.at + 1)
        self.strong = True
        bare = node.kind == "number" or (not sign and len(node.text) == 1)
        raised = f"{sign}{node.text}" if bare else f"({sign}{node.text})"
        return Node(f"{base.text}^{raised}", "power")

    def _exponent(self) -> Node | None:
        node = self._atom()
        if node is None or node.kind == "number":
            return node if self._settled() else None
        node = self._marks(node, power=False)
        if node.text in tables()["greek"].values() and is_letter(self.next()):
            self.at += 1
            return Node(node.text + self.said.raw[self.at - 1], "product")
        halved = node.kind == "square" and self.take("over two")
        return Node(f"{node.text}/2", "product") if halved else node

    def _order(self) -> Node | None:
        """An order: "o of n log n", "big o of n squared"."""
        mark, text = self.mark(), ""
        if not self.take("o of", "oh of", "big o of", "big oh of"):
            return None
        while True:
            inner = self.mark()
            sign = {"times": "·", "plus": "+"}.get(self.next(), " ") if text else ""
            self.at += bool(sign.strip())
            log = "log " if self.take("log") else ""
            node = self._atom() if is_letter(self.next()) or not text else None
            if node is None:
                self.back(inner)
                break
            text += sign + log + self._marks(node).text
        if not text:
            return self.no(mark)
        self.strong = True
        return Node(f"O({text})")

    def _log(self) -> Node | None:
        """A logarithm: "log of p over one minus p"."""
        mark = self.mark()
        first, *odds, last = (self.next(on) for on in range(1, 6))
        is_odds = odds == ["over", "one", "minus"] and first == last
        if not self.take("log of") and not (is_odds and self.take("log")):
            return None
        node = self._product()
        if node is None:
            return self.no(mark)
        if "·" in node.text or self._ahead("plus", "minus", "over"):
            raise Unclear(self.at)
        return Node(f"log({node.text})")

    def _root(self) -> Node | None:
        """A root: "square root of n", "root d k"."""
        mark = self.mark()
        square = self.take("square root of", "root of")
        if not square and not (self.next(1) in tables()["roots"] and self.take("root")):
            return None
        if self.next() == "d" and self.next(1) in tables()["subscripts"]:
            node: Node | None = Node(f"d_{self.next(1)}")
            self.at += 2
        else:
            node = self._product() if square else self._atom()
        if node is None or node.kind == "number":
            return self.no(mark)
        split = node.kind == "ratio" and "(" not in node.text and "²" not in node.text
        if split or (square and self._ahead("plus", "minus")):
            raise Unclear(self.at)
        self.strong = True
        bare = node.kind in {"letter", "marked"}
        return Node(f"√{node.text}" if bare else f"√({node.text})")

    def _function(self) -> Node | None:
        """A function: "p of y given x", "f of x", "d of g of z"."""
        mark, table = self.mark(), tables()
        word, *then = (self.next(on) for on in range(4))
        nested = [word, *then] == ["d", "of", "g", "of"]
        if then[0] != "of" or not (nested or word in table["functions"]):
            return None
        name = table["functions"].get(word) or self.said.raw[self.at]
        self.at += 2
        inner = self._function()
        left = [inner.text] if inner else self._names()
        given = bool(left) and self.take("given")
        right = self._names() if given else []
        bare = all(item not in table["given"] for item in left)
        if not left or (not right and (given or not bare)):
            return self.no(mark)
        self.strong = True
        under = f"|{','.join(right)}" if right else ""
        return Node(f"{name}({','.join(left)}{under})")

    def _names(self) -> list[str]:
        """What stands in brackets: letters, or a few words."""
        names, table = list[str](), tables()
        while True:
            mark = self.mark()
            if names and not self.take("and", "comma"):
                return names
            word, after = self.next(), self.next(1)
            ends = not after or after == "given" or after in table["ends"]
            letter = is_letter(word) or (word == "a" and ends) or word in table["greek"]
            if after == "of" or not (letter or word in table["given"]):
                self.back(mark)
                return names
            node = Node(table["greek"].get(word, self.said.raw[self.at]))
            self.at += 1
            names.append(self._marks(node, power=False).text)
