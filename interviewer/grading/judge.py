"""The judge: a language model that says, point by point, what an answer did.

One call judges every section at once; one more asks for what was left out. A
prompt that is too long is judged in parts. Levels are ``combine``'s business.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from interviewer.errors import ContextTooLong, ModelError, ReplyInvalid
from interviewer.grading.brief import REASK, SECTION, SYSTEM, Section, messages
from interviewer.grading.reply import (
    Judged,
    JudgeReply,
    PointVerdict,
    asked_ids,
    check,
    sort_verdicts,
)
from interviewer.llm import LanguageModel, Message
from interviewer.model import Span, Status, Usage
from interviewer.prompting import Prompts

_HALVINGS = 2
"""How often an answer that is too long is halved."""
_END = re.compile(r"(?<=[.!?。！？])\s*|\n+")
_WORTH = (Status.CONTRADICTED, Status.MISSING, Status.PARTIAL, Status.COVERED)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge found.

    Attributes:
        sections: In the order they were asked.
        usage: Of every call it took.
        model: As the provider names it.
        prompt_hash: Of the templates and the reply's schema.
        complaints: What in the replies did not hold.
    """

    sections: tuple[Judged, ...]
    usage: Usage
    model: str
    prompt_hash: str
    complaints: tuple[str, ...] = ()


class Judge:
    """Judges answers with a language model.

    Args:
        model: Who judges.
        prompts: The words it is asked with.
        samples: How many replies decide by majority, 1 or more.
    """

    def __init__(self, model: LanguageModel, prompts: Prompts, *, samples: int = 1) -> None:
        """Keep the parts; nothing is asked yet.

        Raises:
            PromptError: A template is missing.
            ValueError: There are no samples.
        """
        if samples < 1:
            raise ValueError(f"{samples} samples cannot decide; take 1 or more")
        self.prompts = prompts
        self._model = model
        self._samples = samples
        told = [list(prompts[name].variants) for name in (SYSTEM, SECTION, REASK)]
        told.append([json.dumps(JudgeReply.model_json_schema(), sort_keys=True)])
        self.prompt_hash = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Who judges."""
        return f"judge:{self._model.name}"

    async def judge(self, sections: Sequence[Section]) -> Judgement:
        """Judge one answer or several in one call.

        Args:
            sections: One or more.

        Raises:
            ModelError: There is no judgement; why, and what to do.
        """
        return await self._judge(tuple(section.pointed() for section in sections), _HALVINGS)

    async def _judge(self, sections: tuple[Section, ...], halvings: int) -> Judgement:
        try:
            return await self._sampled(sections)
        except ContextTooLong:
            if len(sections) > 1:
                apart = await asyncio.gather(*(self._judge((one,), halvings) for one in sections))
                return self._beside(apart, tuple(part.sections[0] for part in apart))
            if not halvings or len(sections[0].answer.text) < 2:
                raise
        section = sections[0]
        text = section.answer.text
        cut = _middle(text)
        halves = [
            replace(section, answer=section.answer.model_copy(update={"text": part}))
            for part in (text[:cut], text[cut:])
        ]
        apart = await asyncio.gather(*(self._judge((half,), halvings - 1) for half in halves))
        merged, complaints = _merged(apart[0].sections[0], apart[1].sections[0], cut)
        return self._beside(apart, (merged,), complaints)

    async def _sampled(self, sections: tuple[Section, ...]) -> Judgement:
        if self._samples == 1:
            return await self._once(sections, 0)
        asked = (self._once(sections, sample) for sample in range(self._samples))
        replies = await asyncio.gather(*asked, return_exceptions=True)
        given = [reply for reply in replies if isinstance(reply, Judgement)]
        failed = [reply for reply in replies if isinstance(reply, BaseException)]
        unexpected = [error for error in failed if not isinstance(error, ModelError)]
        if unexpected:
            raise unexpected[0]
        lost = [error.usage for error in failed if isinstance(error, ModelError) and error.usage]
        if not given:
            error = next(error for error in failed if isinstance(error, ModelError))
            error.usage = sum(lost, Usage()) if lost else None
            raise error
        voted = tuple(
            _majority([reply.sections[row] for reply in given]) for row in range(len(sections))
        )
        complaints = tuple(f"a sample failed: {error}" for error in failed)
        voted_on = self._beside(given, voted, complaints)
        return replace(voted_on, usage=sum(lost, voted_on.usage))

    async def _once(self, sections: tuple[Section, ...], sample: int) -> Judgement:
        ids = asked_ids(sections)
        prompt = messages(sections, self.prompts)
        first = await self._model.complete(prompt, JudgeReply, sample=sample)
        verdicts, complaints = sort_verdicts(first.value, ids)
        usage = first.usage
        if owed := [name for name in ids if name not in verdicts]:
            more = self.prompts.render(REASK, {"ids": ", ".join(owed)})
            again = (*prompt, Message("assistant", first.raw), Message("user", more))
            try:
                second = await self._model.complete(again, JudgeReply, sample=sample)
            except ModelError as error:
                error.usage = usage + error.usage if error.usage else usage
                raise
            late, others = sort_verdicts(second.value, owed)
            verdicts |= late
            usage += second.usage
            complaints += (f"asked again for {', '.join(owed)}", *others)
            if still := [name for name in owed if name not in late]:
                invalid = ReplyInvalid(
                    f"The judge gave no usable verdict on {', '.join(still)}, though asked twice. "
                    "Grade it again, or choose a more capable model."
                )
                invalid.usage = usage
                raise invalid
        judged, unheld = check(sections, verdicts, first.value)
        return Judgement(judged, usage, first.model, self.prompt_hash, (*complaints, *unheld))

    def _beside(
        self,
        parts: Sequence[Judgement],
        sections: tuple[Judged, ...],
        complaints: tuple[str, ...] = (),
    ) -> Judgement:
        """One judgement that took several."""
        return Judgement(
            sections,
            sum((part.usage for part in parts), Usage()),
            parts[0].model,
            self.prompt_hash,
            (*(each for part in parts for each in part.complaints), *complaints),
        )


def _middle(text: str) -> int:
    """Where to halve a text: a sentence's end near the middle, else a space, else there."""
    middle = len(text) // 2
    for pattern in (_END, re.compile(r"\s+")):
        ends = [found.end() for found in pattern.finditer(text)]
        near = [end for end in ends if len(text) // 4 <= end <= len(text) * 3 // 4 and end]
        if near:
            return min(near, key=lambda end: abs(end - middle))
    return max(1, middle)


def _merged(first: Judged, second: Judged, cut: int) -> tuple[Judged, tuple[str, ...]]:
    """Both halves of one answer: the better verdict stands, but a contradiction wins."""

    def moved(span: Span | None) -> Span | None:
        return span and Span(start=span.start + cut, end=span.end + cut)

    complaints: list[str] = []
    verdicts = []
    for early, found in zip(first.verdicts, second.verdicts, strict=True):
        late = replace(found, span=moved(found.span))
        both = {early.status, late.status}
        if both == {Status.CONTRADICTED, Status.COVERED}:
            complaints.append(f"'{early.point_id}' is made in one half and denied in the other")
        if Status.CONTRADICTED in both:
            verdicts.append(early if early.status is Status.CONTRADICTED else late)
        else:
            verdicts.append(max(early, late, key=lambda item: _WORTH.index(item.status)))
    heard = dict(first.heard)
    for name, span in second.heard:
        heard.setdefault(name, moved(span) or span)
    slips = first.slips + tuple((moved(span) or span, right) for span, right in second.slips)
    merged = Judged(first.name, tuple(verdicts), tuple(heard.items()), slips)
    return merged, tuple(complaints)


def _majority(samples: Sequence[Judged]) -> Judged:
    """Several judgements of one answer: a vote on each point, the lower on a tie."""
    voted: list[PointVerdict] = []
    for row in zip(*(sample.verdicts for sample in samples), strict=True):
        votes = Counter(item.status for item in row)
        status = max(votes, key=lambda each: (votes[each], -_WORTH.index(each)))
        chosen = next(item for item in row if item.status is status)
        thin = sum(item.thin for item in row if item.status is status) * 2 > votes[status]
        voted.append(replace(chosen, agreement=votes[status] / len(samples), thin=thin))
    wanted = [item.status for item in voted]
    nearest = max(
        samples,
        key=lambda sample: sum(
            item.status is status for item, status in zip(sample.verdicts, wanted, strict=True)
        ),
    )
    times = Counter(name for sample in samples for name, _ in sample.heard)
    heard = {
        name: span
        for sample in samples
        for name, span in sample.heard
        if times[name] * 2 > len(samples)
    }
    return replace(nearest, verdicts=tuple(voted), heard=tuple(heard.items()))
