"""Short ways to ask a model in a test."""

from pydantic import BaseModel, Field

from interviewer.llm import Bridge, Completed, LanguageModel, Message, Piece

ASK = (Message("system", "You answer."), Message("user", "How many?"))


class Count(BaseModel):
    """What the tests ask for."""

    word: str
    number: int = Field(ge=0)


GOOD = {"word": "two", "number": 2}


def complete(bridge: Bridge, model: LanguageModel, *, sample: int = 0) -> Completed[Count]:
    return bridge.submit(model.complete, ASK, Count, sample=sample).result(20)


def pieces(bridge: Bridge, model: LanguageModel) -> list[Piece]:
    return list(bridge.iterate(lambda: model.stream(ASK)))


def said(found: list[Piece]) -> str:
    return "".join(piece.text for piece in found)
