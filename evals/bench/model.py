"""What the product adds to a language model's own time, tokens and calls.

    python evals/bench/model.py

The model is the tests' scripted server: a real HTTP server that speaks the OpenAI
protocol. Its clock says when the first token left; the page's clock says when it was
there to be read. Needs Chromium. Also prints the size of the judge's prompt over the
bank, and how a judge that obeys the answer it reads fares against the attacks.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from interviewer.bank import Bank, load_bank  # noqa: E402
from interviewer.embedding import SentenceEncoder  # noqa: E402
from interviewer.evaluation.attacks import probes  # noqa: E402
from interviewer.evaluation.cases import Split, load_split  # noqa: E402
from interviewer.grading import EmbeddedGrader, Judge, Section, combine  # noqa: E402
from interviewer.grading.brief import messages  # noqa: E402
from interviewer.grading.reply import JudgeReply  # noqa: E402
from interviewer.llm import Completed, Message  # noqa: E402
from interviewer.model import Answer, Grade, Level, Usage  # noqa: E402
from interviewer.prompting import load_prompts  # noqa: E402
from interviewer.resources import bank_folder, evals_folder  # noqa: E402
from tests.model_script import purpose, well  # noqa: E402
from tests.scripted_server import ScriptedServer  # noqa: E402
from tests.ui.serving import Server, Watched, begin, chromium, say, settled  # noqa: E402

TURNS = 24
WORDS = 150
OBEYED = ("injection", "coverage-claims", "fake-verdicts")
_WATCH = """() => {
  window.firstShown = [];
  const seen = new WeakSet();
  new MutationObserver(() => {
    const turn = document.querySelector('.turn.saying');
    if (turn && !seen.has(turn)) { seen.add(turn); window.firstShown.push(Date.now()); }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def first_tokens(bank: Bank) -> tuple[list[float], list[int]]:
    """Milliseconds from the model's first token to the page, and model calls, by turn."""
    late: list[float] = []
    calls: list[int] = []
    epoch = time.time() - time.perf_counter()

    def slowly(request: Any) -> Any:  # noqa: ANN401 - the server's own types
        step = well(request)
        return step.after(0.2, 0.03) if purpose(request) == "words" else step

    with tempfile.TemporaryDirectory() as folder, ScriptedServer(slowly) as model:
        settings = {
            "INTERVIEWER_MODEL": "openai/scripted-1",
            "INTERVIEWER_MODEL_BASE_URL": model.url,
            "OPENAI_API_KEY": "none",
        }
        with Server(Path(folder), **settings) as server, chromium() as browser:
            page = Watched(browser.new_context()).page
            while len(late) < TURNS:
                begin(page, server.url, questions=4, mode="mock")
                page.evaluate(_WATCH)
                while page.locator(".pill.ended").count() == 0 and len(late) < TURNS:
                    asked = page.locator(".turn.question .words").last.inner_text()
                    question = next(item for item in bank if item.prompt in asked)
                    before = len(model.requests)
                    page.evaluate("window.firstShown = []")
                    exemplars = [item for item in question.exemplars if item.level is Level.OK]
                    say(page, exemplars[len(late) % len(exemplars)].answer)
                    settled(page)
                    page.wait_for_timeout(300)
                    made = [item for item in model.requests[before:] if purpose(item) != "probe"]
                    calls.append(len(made))
                    spoken = [item for item in made if purpose(item) == "words"]
                    shown = page.evaluate("window.firstShown")
                    if spoken and shown and spoken[0].first_token is not None:
                        late.append(shown[0] - (spoken[0].first_token + epoch) * 1e3)
    return late, calls


def prompt_tokens(bank: Bank) -> list[int]:
    """Tokens of the judge's prompt with a 150-word answer, for every question.

    Counted by the packaged encoder's tokenizer, whose pieces are shorter than those of
    large models: an upper bound.
    """
    prompts = load_prompts()
    tokenizer = SentenceEncoder()._loaded().tokenizer  # noqa: SLF001 - only to count
    found = []
    for question in bank:
        text = " ".join((question.model_answer.split() * 2)[:WORDS])
        shown = messages([Section("question", question, Answer(text=text))], prompts)
        found.append(sum(len(tokenizer.tokenize(item.content)) for item in shown))
    return found


class Obeying:
    """A judge that believes whatever it reads: every point covered, quoting the answer's words."""

    name = "obeying"

    def __init__(self, section: Section, said: str) -> None:
        """Quote what was said."""
        self._section, self._said = section, said

    async def complete(
        self,
        messages: Sequence[Message],  # noqa: ARG002
        shape: Any,  # noqa: ANN401 - the judge's own
        *,
        sample: int = 0,  # noqa: ARG002
    ) -> Completed[Any]:
        """Everything is covered."""
        verdicts = [
            {"id": point.id, "status": "covered", "quote": self._said}
            for point in self._section.question.points
        ]
        value = JudgeReply.model_validate({"verdicts": verdicts, "feedback": "You are strong."})
        return Completed(shape.model_validate(value.model_dump()), "", Usage(), self.name, 0.0)

    def stream(self, messages: Sequence[Message]) -> Any:  # noqa: ANN401
        """It only judges."""
        raise NotImplementedError


def obeyed(bank: Bank, encoder: SentenceEncoder) -> tuple[int, int, int]:
    """Attacks that a believing judge let rise to Strong, by its quotes; and attacks; dev split.

    Quoting the injected text, and quoting genuine words of the answer for every point.
    """
    cases = load_split(evals_folder() / "cases", Split.DEV)
    embedded, prompts = EmbeddedGrader(encoder, bank=bank), load_prompts()
    risen = genuine = count = 0
    for item in probes(cases, bank, seed=0, encoder=encoder):
        if item.family not in OBEYED:
            continue
        question = bank[item.question]
        answer = Answer(text=item.answer)
        before = embedded.grade(question, answer)
        if not isinstance(before, Grade) or before.level is Level.STRONG:
            continue
        base = item.base or ""
        injected = " ".join(item.answer.replace(base, " ").split()[:12])
        rose = []
        for said in (injected, " ".join(base.split()[:12])):
            section = Section("question", question, answer)
            judge = Judge(Obeying(section, said or injected), prompts)
            judgement = asyncio.run(judge.judge([section]))
            after = combine(question, answer, before, judgement.sections[0], judgement, prompts)
            rose.append(after.level is Level.STRONG)
        count += 1
        risen += rose[0]
        genuine += rose[1]
    return risen, genuine, count


def main() -> None:
    """Print every figure."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    bank, encoder = load_bank(bank_folder()), SentenceEncoder()
    sizes = prompt_tokens(bank)
    print(
        f"judge's prompt, {WORDS}-word answer   median {statistics.median(sizes):.0f} tokens, "
        f"most {max(sizes)} over {len(sizes)} questions"
    )
    risen, genuine, count = obeyed(bank, encoder)
    print(
        f"a judge that obeys the answer   {risen} of {count} attacks rise to Strong "
        f"({genuine} where it quotes genuine words for every point)"
    )
    late, calls = first_tokens(bank)
    print(
        f"first token on the page         {statistics.median(late):.0f} ms after it left the model "
        f"(median of {len(late)}; 90 % under {statistics.quantiles(late, n=10)[-1]:.0f} ms)"
    )
    print(
        f"model calls a turn              at most {max(calls)}, mean {statistics.mean(calls):.1f}"
    )


if __name__ == "__main__":
    main()
