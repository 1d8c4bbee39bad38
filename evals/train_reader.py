"""Train ``interviewer/grading/reader.npz``: says it, denies it, does not speak of it.

    python evals/train_reader.py [--folds 3 --keep runs/reader] [--save]

What it learns from, all of it ours (Apache-2.0): ``evals/training/statements.jsonl``
(facts said several ways and said wrongly), the bank's wordings and misconceptions
put together into made-up answers, its exemplars, and the marked answers of the
train and dev splits. Nothing of a question in the test split is used, and the
questions used are written into the file. Two networks by two recipes (``RECIPES``):
one of them hardened by negated sentences and by text that has nothing to do with the
answer. Seeded; about 30 minutes on 2 cores with the folds.
``--folds`` first prints how well it reads questions that were held out; ``--keep``
keeps those readers, so that ``evals/fit_embedded.py`` can fit on honest readings.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional

from interviewer.bank import Bank, load_bank
from interviewer.embedding import SentenceEncoder, Tokens
from interviewer.evaluation.attacks.change import sentences
from interviewer.evaluation.attacks.negation import negate, negated
from interviewer.evaluation.cases import Case, Split, load_split
from interviewer.grading.reader import WEIGHTS
from interviewer.model import Level, Misconception, Point, Status, Tier
from interviewer.resources import bank_folder

HERE = Path(__file__).parent
HIDDEN, MIDDLE, DROPOUT = 128, 64, 0.2
RATE, BATCH = 1e-3, 64
MADE_UP = 40
MIXED = 7_000
LABELS = {
    Status.MISSING: (1.0, 0.0, 0.0),
    Status.COVERED: (0.0, 1.0, 0.0),
    Status.CONTRADICTED: (0.0, 0.0, 1.0),
    Status.PARTIAL: (0.5, 0.5, 0.0),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one network learns from.

    Attributes:
        epochs: Over all pairs.
        turned: Share of said sentences that are negated by rule.
        least: Facts in a made-up answer at least.
        hardened: With model answers, said and negated, and with marked answers beside
            sentences that have nothing to do with them.
    """

    epochs: int
    turned: float
    least: int
    hardened: bool


RECIPES = {
    "hardened": Recipe(epochs=4, turned=0.2, least=1, hardened=True),
    "plain": Recipe(epochs=3, turned=0.0, least=2, hardened=False),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, an answer and what the answer does to it."""

    statement: str
    answer: str
    label: tuple[float, float, float]
    weight: float = 1.0


class Network(nn.Module):
    """The network of ``interviewer.grading.reader``, to be trained."""

    def __init__(self, width: int) -> None:
        """Make the layers; queries and keys begin as the same projection."""
        super().__init__()
        self.P = nn.Linear(width, HIDDEN)
        self.q = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.k = nn.Linear(HIDDEN, HIDDEN, bias=False)
        with torch.no_grad():
            for layer in (self.q, self.k):
                layer.weight.copy_(torch.eye(HIDDEN) + 0.02 * torch.randn(HIDDEN, HIDDEN))
        self.temp = nn.Parameter(torch.tensor(8.0))
        self.ex = nn.Parameter(torch.tensor(1.0))
        self.w = nn.Linear(HIDDEN, 1)
        self.cmp = _layers(4 * HIDDEN + 3, MIDDLE, MIDDLE)
        self.out = _layers(3 * MIDDLE, MIDDLE, 3)
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, batch: Batch) -> torch.Tensor:
        """Logits of absent, said and denied, shape (pairs, 3)."""
        own = self.drop(torch.tanh(self.P(batch.statements.vectors)))[batch.row]
        others = self.drop(torch.tanh(self.P(batch.answers.vectors)))[batch.column]
        mask, ids = batch.statements.mask[batch.row], batch.statements.ids[batch.row]
        there, their = batch.answers.mask[batch.column], batch.answers.ids[batch.column]
        queries = functional.normalize(self.q(own), dim=-1)
        keys = functional.normalize(self.k(others), dim=-1)
        cosine = queries @ keys.transpose(1, 2)
        same = ((ids[:, :, None] == their[:, None, :]) & there[:, None, :]).float()
        scores = cosine * self.temp + same * self.ex
        attention = scores.masked_fill(~there[:, None, :], -1e4).softmax(-1)
        found = attention @ others
        centre = (attention * torch.arange(there.shape[1]).float()).sum(-1)
        weight = torch.sigmoid(self.w(own)).squeeze(-1) * mask
        total = weight.sum(1, keepdim=True) + 1e-6
        middle = (centre * weight).sum(1, keepdim=True) / total
        features = [
            own,
            found,
            own - found,
            own * found,
            cosine.masked_fill(~there[:, None, :], -1.0).amax(-1, keepdim=True),
            same.amax(-1, keepdim=True),
            ((centre - middle).abs() / 20.0).clamp(max=2.0)[..., None],
        ]
        compared = functional.gelu(self.cmp(torch.cat(features, -1)), approximate="tanh")
        out = [
            (compared * weight[..., None]).sum(1) / total,
            compared.masked_fill(~mask[..., None], -1e4).amax(1),
            compared.masked_fill(~mask[..., None], 1e4).amin(1),
        ]
        logits: torch.Tensor = self.out(torch.cat(out, -1))
        return logits


def _layers(width: int, middle: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, middle),
        nn.GELU(approximate="tanh"),
        nn.Dropout(DROPOUT),
        nn.Linear(middle, out),
    )


@dataclass(frozen=True, slots=True)
class Padded:
    """Texts side by side."""

    vectors: torch.Tensor
    mask: torch.Tensor
    ids: torch.Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs over texts that occur in several of them."""

    statements: Padded
    answers: Padded
    row: torch.Tensor
    column: torch.Tensor


class Store:
    """Token vectors of texts, encoded once, in half precision."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        """Nothing is encoded yet."""
        self._encoder = encoder
        self._held: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def add(self, texts: Iterable[str]) -> None:
        """Encode those that are new."""
        new = [text for text in dict.fromkeys(texts) if text not in self._held]
        for start in range(0, len(new), 512):
            part = new[start : start + 512]
            for text, tokens in zip(part, self._encoder.tokens(part), strict=True):
                self._held[text] = (tokens.ids, both_layers(tokens).astype(np.float16))

    def size(self, text: str) -> int:
        """Tokens of a text."""
        return len(self._held[text][0])

    def pad(self, texts: Sequence[str], nowhere: int) -> Padded:
        """Texts side by side; padded ids are ``nowhere``."""
        held = [self._held[text] for text in texts]
        longest = max(len(ids) for ids, _ in held)
        vectors = np.zeros((len(held), longest, held[0][1].shape[1]), np.float32)
        ids = np.full((len(held), longest), nowhere, np.int64)
        for row, (own, values) in enumerate(held):
            ids[row, : len(own)], vectors[row, : len(own)] = own, values
        found = torch.from_numpy(ids)
        return Padded(torch.from_numpy(vectors), found != nowhere, found)


def both_layers(tokens: Tokens) -> np.ndarray:
    """Middle and last layer side by side, shape (n, 2d)."""
    return np.concatenate([tokens.inner, tokens.raw], axis=1)


def turned(sentence: str, share: float, random_: random.Random) -> tuple[str, Status]:
    """The sentence, or at times its negation, with what it does to the fact."""
    if share and random_.random() < share:
        denial = negate(sentence)
        if denial is not None:
            return denial, Status.CONTRADICTED
    return sentence, Status.COVERED


def model_answers(bank: Bank, questions: Collection[str]) -> list[Pair]:
    """Model answers make every point; negated sentence by sentence they deny it."""
    pairs = []
    for name in sorted(questions):
        question = bank[name]
        asked = [(question.points, question.model_answer)]
        asked += [(item.points, item.model_answer) for item in question.follow_ups]
        for points, answer in asked:
            denial, _ = negated(answer)
            for point in points:
                for wording in point.wordings[:3]:
                    pairs.append(Pair(wording, answer, LABELS[Status.COVERED]))
                    if denial:
                        pairs.append(Pair(wording, denial, LABELS[Status.CONTRADICTED]))
    return pairs


def made_up(
    bank: Bank, questions: Collection[str], recipe: Recipe, random_: random.Random
) -> list[Pair]:
    """Answers put together from wordings and misconceptions; each point's fate is known."""
    pairs = []
    for name in sorted(questions):
        question = bank[name]
        asked = [(question.points, question.misconceptions)]
        asked += [(item.points, item.misconceptions) for item in question.follow_ups]
        for points, misconceptions in asked:
            for _ in range(MADE_UP if points is question.points else MADE_UP // 3):
                wrong = _wrong_sentences(misconceptions)
                pairs.extend(_one_made_up(points, wrong, recipe, random_))
    return pairs


def _wrong_sentences(
    misconceptions: Sequence[Misconception],
) -> dict[str, list[tuple[str, str | None]]]:
    told: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for item in misconceptions:
        told[item.contradicts] += [(wording.wrong, wording.right) for wording in item.wordings]
        told[item.contradicts].append((item.claim, None))
    return told


def _one_made_up(
    points: Sequence[Point],
    wrong: dict[str, list[tuple[str, str | None]]],
    recipe: Recipe,
    random_: random.Random,
) -> list[Pair]:
    parts: list[str] = []
    fate: dict[str, tuple[Status, str | None]] = {}
    for point in points:
        draw = random_.random()
        if draw < 0.33:  # noqa: PLR2004 - shares of the recipe
            chosen = random_.choice(point.wordings)
            said, status = turned(chosen, recipe.turned, random_)
            fate[point.id] = (status, chosen)
        elif draw < 0.6 and wrong[point.id]:  # noqa: PLR2004
            said, right = random_.choice(wrong[point.id])
            if right and random_.random() < 0.4:  # noqa: PLR2004
                said = right
            else:
                fate[point.id] = (Status.CONTRADICTED, said)
        else:
            fate[point.id] = (Status.MISSING, None)
            continue
        parts.append(said)
    if not parts:
        return []
    text = _joined(parts, random_)
    pairs: list[Pair] = []
    for point in points:
        if point.id in fate:
            status, said_ = fate[point.id]
            others = [wording for wording in point.wordings if wording != said_]
            asked = random_.sample(others, min(2, len(others)))
            pairs.extend(Pair(wording, text, LABELS[status]) for wording in asked)
    return pairs


def _joined(parts: list[str], random_: random.Random) -> str:
    """Sentences in some order, at times without punctuation, as a transcript has it."""
    random_.shuffle(parts)
    if random_.random() < 0.3:  # noqa: PLR2004
        return " ".join(part.rstrip(".").lower().replace(",", "") for part in parts)
    return " ".join(
        part if part[-1] in ".!?" else f"{part[0].upper()}{part[1:]}." for part in parts
    )


def exemplars(bank: Bank, questions: Collection[str]) -> list[Pair]:
    """What the levels of exemplars imply: strong has the core, OK no depth, vague nothing."""
    pairs = []
    for name in sorted(questions):
        for item in bank[name].exemplars:
            for point in bank[name].points:
                core = point.tier is Tier.CORE
                if item.level is Level.STRONG and core:
                    status = Status.COVERED
                elif item.flaw == "vague" or (item.level is Level.OK and not core):
                    status = Status.MISSING
                else:
                    continue
                pairs += [
                    Pair(wording, item.answer, LABELS[status], 0.7)
                    for wording in point.wordings[:3]
                ]
    return pairs


def marked(
    bank: Bank,
    cases: Sequence[Case],
    random_: random.Random,
    beside: Sequence[tuple[str, str]] = (),
) -> list[Pair]:
    """Real answers with their marks, and again with sentences beside them that change nothing."""
    pairs = []
    for case in cases:
        if case.marks is None:
            continue
        texts = [(case.answer, 1.0)]
        if beside:
            other = [sentence for owner, sentence in beside if owner != case.question]
            texts.append((_with_other(case.answer, other, random_), 0.7))
        for point in case.asked(bank).points:
            others = random_.sample(point.wordings[1:], min(2, len(point.wordings) - 1))
            pairs += [
                Pair(wording, text, LABELS[case.marks.points[point.id]], weight)
                for text, weight in texts
                for wording in (point.claim, *others)
            ]
    return pairs


def _with_other(answer: str, beside: Sequence[str], random_: random.Random) -> str:
    """An answer with one to four sentences that have nothing to do with it, before or after."""
    start = random_.randrange(len(beside))
    other = " ".join(beside[(start + step) % len(beside)] for step in range(random_.randint(1, 4)))
    return f"{other} {answer}" if random_.random() < 0.3 else f"{answer} {other}"  # noqa: PLR2004


def foreign_sentences(cases: Sequence[Case], random_: random.Random) -> list[tuple[str, str]]:
    """Sentences to stand beside answers, each with the question it answers, if it does."""
    found = [
        ("", sentence) for row in statements() for sentence in (row["said"][0], row["near"][0])
    ]
    found += [(case.question, part) for case in cases for part in sentences(case.answer)]
    random_.shuffle(found)
    return found


def mixed(
    records: Sequence[dict[str, list[str]]], recipe: Recipe, random_: random.Random
) -> list[Pair]:
    """Answers put together from facts that stand near each other in the file."""
    pairs = []
    for _ in range(MIXED):
        place = random_.randrange(len(records))
        near = records[max(0, place - 6) : place + 7]
        parts, fates = [], []
        for record in random_.sample(near, min(len(near), random_.randint(recipe.least, 6))):
            draw = random_.random()
            if draw < 0.35:  # noqa: PLR2004
                chosen = random_.choice(record["said"])
                said, status = turned(chosen, recipe.turned, random_)
            elif draw < 0.7:  # noqa: PLR2004
                status, said = Status.CONTRADICTED, random_.choice(record["flip"])
            elif draw < 0.9:  # noqa: PLR2004
                status, said = Status.MISSING, random_.choice(record["near"])
            else:
                status, said = Status.MISSING, ""
            fates.append((record, status, said))
            if said:
                parts.append(said)
        if not parts:
            continue
        text = _joined(parts, random_)
        for record, status, said in fates:
            others = [wording for wording in record["said"] if wording != said]
            pairs.append(Pair(random_.choice(others), text, LABELS[status]))
    return pairs


def statements() -> list[dict[str, list[str]]]:
    """The facts: said (claim first), flip, near."""
    lines = (HERE / "training" / "statements.jsonl").read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line.strip()]
    return [
        {"said": [row["claim"], *row["same"]], "flip": row["flip"], "near": row["near"]}
        for row in rows
    ]


def batches(pairs: Sequence[Pair], store: Store, random_: random.Random | None) -> list[list[int]]:
    """Indices of pairs; those on one answer stay together, answers of like length meet."""
    by_answer: dict[str, list[int]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        by_answer[pair.answer].append(index)
    groups = list(by_answer.values())
    if random_:
        random_.shuffle(groups)
    found: list[list[int]] = []
    for start in range(0, len(groups), 200):
        held: list[int] = []
        part = groups[start : start + 200]
        for group in sorted(part, key=lambda rows: store.size(pairs[rows[0]].answer)):
            held += group
            if len(held) >= BATCH:
                found.append(held)
                held = []
        if held:
            found.append(held)
    if random_:
        random_.shuffle(found)
    return found


def batch_of(pairs: Sequence[Pair], rows: Sequence[int], store: Store) -> Batch:
    """The tensors of some pairs."""
    told: dict[str, int] = {}
    answers: dict[str, int] = {}
    row = [told.setdefault(pairs[i].statement, len(told)) for i in rows]
    column = [answers.setdefault(pairs[i].answer, len(answers)) for i in rows]
    return Batch(
        store.pad(list(told), -1),
        store.pad(list(answers), -2),
        torch.tensor(row),
        torch.tensor(column),
    )


def train(pairs: Sequence[Pair], epochs: int, store: Store, seed: int) -> Network:
    """Train a network on pairs."""
    torch.manual_seed(seed)
    random_ = random.Random(seed)  # noqa: S311 - a recipe, not a secret
    store.add(text for pair in pairs for text in (pair.statement, pair.answer))
    width = store.pad([pairs[0].answer], -1).vectors.shape[2]
    network = Network(width)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    steps, total = 0, epochs * len(batches(pairs, store, random.Random(seed)))  # noqa: S311
    for epoch in range(epochs):
        network.train()
        begun, losses = time.perf_counter(), []
        for rows in batches(pairs, store, random_):
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, (steps + 1) / 100) * max(0.02, 1 - steps / total)
            logits = network(batch_of(pairs, rows, store)).log_softmax(-1)
            wanted = torch.tensor([pairs[i].label for i in rows])
            weight = torch.tensor([pairs[i].weight for i in rows])
            loss = (-(wanted * logits).sum(-1) * weight).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            steps += 1
            losses.append(loss.item())
        print(f"  epoch {epoch}: loss {np.mean(losses):.3f}, {time.perf_counter() - begun:.0f} s")
    return network.eval()


def read(network: Network, pairs: Sequence[Pair], store: Store) -> np.ndarray:
    """Probabilities, shape (pairs, 3)."""
    store.add(text for pair in pairs for text in (pair.statement, pair.answer))
    found = np.zeros((len(pairs), 3))
    with torch.inference_mode():
        for rows in batches(pairs, store, None):
            found[rows] = network(batch_of(pairs, rows, store)).softmax(-1).numpy()
    return found


def report(found: np.ndarray, pairs: Sequence[Pair]) -> None:
    """How well said and denied stand apart from the rest."""
    labels = np.array([pair.label for pair in pairs])
    said, denied = labels[:, 1] == 1.0, labels[:, 2] == 1.0
    absent = labels[:, 0] == 1.0
    rows = said | absent
    print(f"  said against absent: AUC {roc_auc_score(said[rows], found[rows, 1]):.3f}")
    print(f"  denied against the rest: AUC {roc_auc_score(denied, found[:, 2]):.3f}")
    rows = said | denied
    margin = found[:, 2] - found[:, 1]
    print(f"  denied against said: AUC {roc_auc_score(denied[rows], margin[rows]):.3f}")


def pairs_of(
    bank: Bank, cases: Sequence[Case], questions: Collection[str], recipe: Recipe, seed: int
) -> list[Pair]:
    """Everything to learn from that belongs to these questions, or to none."""
    random_ = random.Random(seed)  # noqa: S311
    own = [case for case in cases if case.question in questions]
    pairs = made_up(bank, questions, recipe, random_) + exemplars(bank, questions)
    if recipe.hardened:
        pairs += model_answers(bank, questions)
        pairs += marked(bank, own, random_, foreign_sentences(own, random_))
    else:
        pairs += marked(bank, own, random_)
    return pairs + mixed(statements(), recipe, random_)


def train_all(
    bank: Bank, cases: Sequence[Case], questions: Collection[str], store: Store, seed: int
) -> dict[str, Network]:
    """A network by each recipe."""
    found = {}
    for name, recipe in RECIPES.items():
        pairs = pairs_of(bank, cases, questions, recipe, seed)
        print(f"{name}: {len(pairs)} pairs")
        found[name] = train(pairs, recipe.epochs, store, seed)
    return found


def save(networks: Mapping[str, Network], questions: Iterable[str], path: Path) -> None:
    """Write the weights in half precision, with the questions they were trained on."""
    arrays = {
        f"{name}/{key}": value.numpy().astype(np.float16)
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }
    np.savez_compressed(path, questions=np.array(sorted(questions)), **arrays)


def main() -> None:
    """Train, print, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folds", type=int, default=0, help="first measure with questions held out"
    )
    parser.add_argument("--keep", type=Path, help="folder for the readers of the folds")
    parser.add_argument("--save", action="store_true", help="replace reader.npz")
    asked = parser.parse_args()
    bank, store = load_bank(bank_folder()), Store(SentenceEncoder())
    folder = HERE / "cases"
    cases = load_split(folder, Split.TRAIN) + load_split(folder, Split.DEV)
    names = sorted({case.question for case in cases})
    random.Random(3).shuffle(names)  # noqa: S311
    for fold in range(asked.folds):
        held = set(names[fold :: asked.folds])
        networks = train_all(bank, cases, set(names) - held, store, fold)
        own = [case for case in cases if case.question in held]
        pairs = marked(bank, own, random.Random(0))  # noqa: S311
        print(f"fold {fold}: {len(held)} questions held out, {len(pairs)} pairs")
        found = [read(network, pairs, store) for network in networks.values()]
        report(np.exp(np.mean(np.log(found), axis=0)), pairs)
        if asked.keep:
            asked.keep.mkdir(parents=True, exist_ok=True)
            save(networks, set(names) - held, asked.keep / f"fold-{fold}.npz")
    print(f"all {len(names)} questions of train and dev")
    networks = train_all(bank, cases, names, store, 0)
    if asked.save:
        save(networks, names, WEIGHTS)
        print(f"saved {WEIGHTS.name}, {WEIGHTS.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
