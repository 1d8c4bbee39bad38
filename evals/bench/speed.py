"""Speed of the parts a person waits for, each beside its floor in the same run.

    python evals/bench/speed.py

The floor of a grade is one encode of the same answer with the same model; that of a
batch, the encoder over the same texts in batches; that of a cold import, an import
of pydantic; that of the command's help, an import of the libraries it is written with.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

from interviewer.bank import Bank, load_bank
from interviewer.bank.search import BankIndex
from interviewer.bank.vectors import SHIPPED_FILE
from interviewer.embedding import SentenceEncoder
from interviewer.evaluation.cases import Split, load_split
from interviewer.grading import EmbeddedGrader
from interviewer.grading.batch import Questions, grade_stream
from interviewer.model import Answer
from interviewer.resources import bank_folder, evals_folder
from interviewer.speech.normalise import Normaliser
from interviewer.speech.vocabulary import Vocabulary

ROUNDS = 40
WORDS = 150
SPOKEN_WORDS = 500
DEFAULT_BATCH, FAST_BATCH = 32, 8
PORT = 7987
HELP = (
    "import os, runpy, sys; sys.argv[1:] = ['--help']; sys.stdout = open(os.devnull, 'w'); "
    "runpy.run_module('interviewer.cli', run_name='__main__')"
)


def median_ms(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median wall time in milliseconds, after one run to warm up."""
    run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def process_ms(code: str, rounds: int = 5) -> float:
    """Median time of a fresh interpreter running code, less an empty one's."""

    def once(text: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", text], check=True)  # noqa: S603 - our own code
        return time.perf_counter() - start

    empty = statistics.median(once("") for _ in range(rounds))
    return (statistics.median(once(code) for _ in range(rounds)) - empty) * 1e3


def first_page_seconds() -> float:
    """From starting the command until the page answers with its content."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "INTERVIEWER_DATABASE_URL": f"sqlite:///{folder}/bench.db",
            "INTERVIEWER_CACHE_DIR": folder,
        }
        start = time.perf_counter()
        command = [
            str(Path(sys.executable).with_name("interviewer")),
            *("serve", "--no-open", "--port", str(PORT)),
        ]
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            while time.perf_counter() - start < 60:  # noqa: PLR2004 - seconds
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=2) as page:
                        if page.status == 200 and b"gradio" in page.read():  # noqa: PLR2004
                            return time.perf_counter() - start
                except OSError:
                    time.sleep(0.02)
        finally:
            server.terminate()
            server.wait(10)
    raise TimeoutError("The page did not answer within a minute.")


def batch_rates(encoder: SentenceEncoder, bank: Bank) -> tuple[int, list[float], list[float]]:
    """Answers; graded a second, cold and again; encoded a second, two ways.

    The train split's answers. Cold, a batch prepares each question on its first answer.
    The encoder runs at the library's default batch size, and at the fastest one found.
    """
    cases = load_split(evals_folder() / "cases", Split.TRAIN)
    rows = [
        json.dumps(
            {"question_id": case.question, "follow_up": case.follow_up, "answer": case.answer}
        ).encode()
        for case in cases
    ]
    texts = [case.answer for case in cases]
    model = encoder._loaded()  # noqa: SLF001 - the library itself is the floor
    floors = []
    for size in (DEFAULT_BATCH, FAST_BATCH):
        model.encode(texts[:64], batch_size=size, show_progress_bar=False)
        start = time.perf_counter()
        model.encode(texts, batch_size=size, show_progress_bar=False)
        floors.append(time.perf_counter() - start)
    grader = EmbeddedGrader(encoder, bank=bank)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        done = sum(1 for _ in grade_stream(rows, io.BytesIO(), grader, Questions(bank)))
        seconds.append(time.perf_counter() - start)
    return done, [done / taken for taken in seconds], [done / taken for taken in floors]


def bank_lines(encoder: SentenceEncoder) -> None:
    """Reading the bank, from its files and as it is kept, and searching it."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        start = time.perf_counter()
        bank = load_bank(bank_folder(), cache_dir=cache)
        first = time.perf_counter() - start
        again = median_ms(lambda: load_bank(bank_folder(), cache_dir=cache), 9) / 1e3
        print(
            f"read {len(bank)} questions           {first:8.2f} s    again {again:.2f} s   "
            f"ratio {again / first:.2f}"
        )
        index = BankIndex(bank, encoder, cache, shipped=bank_folder() / SHIPPED_FILE)
        start = time.perf_counter()
        index.warm_up()
        built = time.perf_counter() - start
        queries = [item.name for item in bank][:ROUNDS]
        took = statistics.median(median_ms(partial(index.search, text), 1) for text in queries)
        floor = statistics.median(median_ms(partial(encoder.encode, [text]), 1) for text in queries)
        print(
            f"search them                   {took:8.1f} ms   one encode of it {floor:.1f} ms   "
            f"ratio {took / floor:.2f}   (ready in {built:.1f} s)"
        )


def normaliser_line(encoder: SentenceEncoder, bank: Bank) -> None:
    """Writing a long spoken answer as it was meant."""
    start = time.perf_counter()
    normalise = Normaliser(Vocabulary.of(bank))
    made = time.perf_counter() - start
    texts = [text for item in bank for point in item.points for text in point.phrasings.all]
    words = " ".join(" ".join(texts).split()[:SPOKEN_WORDS])
    took = median_ms(partial(normalise, words))
    floor = median_ms(partial(encoder.tokens, [words]), 3)
    print(
        f"normalise {SPOKEN_WORDS} words           {took:8.1f} ms   "
        f"one encode of them {floor:.1f} ms   ratio {took / floor:.3f}   "
        f"(made in {made:.1f} s, once)"
    )


def main() -> None:
    """Print every figure with its floor and their ratio."""
    encoder, bank = SentenceEncoder(), load_bank(bank_folder())
    grader = EmbeddedGrader(encoder, bank=bank)
    grades, floors = [], []
    for question in bank:
        text = " ".join((question.model_answer.split() * 2)[:WORDS])
        answer = Answer(text=text)
        grader.prepare(question)
        grades.append(median_ms(partial(grader.grade, question, answer), 3))
        floors.append(median_ms(partial(encoder.tokens, [text]), 3))
    grade, floor = statistics.median(grades), statistics.median(floors)
    print(
        f"grade of a {WORDS}-word answer   {grade:8.1f} ms   one encode of it {floor:.1f} ms   "
        f"ratio {grade / floor:.2f}"
    )
    bank_lines(encoder)
    normaliser_line(encoder, bank)
    count, rates, floors_ = batch_rates(encoder, bank)
    for name, value in zip(("questions new", "questions known"), rates, strict=True):
        default, fast = floors_
        print(
            f"batch of {count}, {name:<15} {value:8.1f} /s   encoder alone {default:.1f} /s   "
            f"ratio {value / default:.2f}   (at its fastest {fast:.1f} /s, {value / fast:.2f})"
        )
    package, base = process_ms("import interviewer"), process_ms("import pydantic")
    print(
        f"import interviewer            {package:8.1f} ms   import pydantic {base:.1f} ms   "
        f"ratio {package / max(base, 0.1):.2f}"
    )
    told, base = process_ms(HELP), process_ms("import pydantic, typer, typer.rich_utils")
    print(
        f"interviewer --help            {told:8.1f} ms   pydantic, typer, rich {base:.1f} ms   "
        f"ratio {told / max(base, 0.1):.2f}"
    )
    cold, gradio = first_page_seconds(), process_ms("import gradio", 3) / 1e3
    print(
        f"command to first page         {cold:8.2f} s    import gradio {gradio:.2f} s   "
        f"ratio {cold / gradio:.2f}"
    )


if __name__ == "__main__":
    main()
