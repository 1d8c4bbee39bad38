"""The taxonomy: which topics, kinds, levels and roles a bank knows."""

from __future__ import annotations

from pydantic import Field

from interviewer.model import Difficulty, Identifier, Kind, Prose, Role, Value


class Topic(Value):
    """A section of the bank; its id is the folder's name."""

    title: Prose
    about: Prose


class KindEntry(Value):
    """What belongs to a kind of question."""

    title: Prose
    minutes: int = Field(ge=1, le=60, description="Usual time for question and follow-ups.")
    parts: tuple[Identifier, ...] = Field(
        default=(), description="Parts an answer has; each needs a point."
    )
    more_parts: tuple[Identifier, ...] = Field(
        default=(), description="Parts a point may also belong to."
    )


class Titled(Value):
    """An entry that only has a title."""

    title: Prose


class RoleEntry(Value):
    """What an interview for a role leans on."""

    title: Prose
    core: tuple[Identifier, ...] = Field(description="Topics asked first, most wanted first.")


class Taxonomy(Value):
    """The words question files may use."""

    topics: dict[Identifier, Topic]
    kinds: dict[Kind, KindEntry]
    levels: dict[Difficulty, Titled]
    roles: dict[Role, RoleEntry]

    def topic_title(self, topic: str) -> str:
        """The topic's title, or its id when the taxonomy does not know it."""
        entry = self.topics.get(topic)
        return entry.title if entry else topic.replace("-", " ").capitalize()
