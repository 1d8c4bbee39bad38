"""Train ``interviewer/grading/reader.npz``: says it, denies it, does not speak of it.

    python evals/train_reader.py [--folds 3 --keep runs/reader] [--save]

What it learns from is in ``evals/reader_pairs.py``. Nothing of a question in the test
split is used, and the questions used are written into the file. Two networks by two
recipes (``RECIPES``): one of them hardened by negated sentences and by text that has
nothing to do with the answer. Seeded; about 30 minutes on 2 cores with the folds.
``--folds`` first prints how well it reads questions that were held out; ``--keep``
keeps those readers, so that ``evals/fit_embedded.py`` can fit on honest readings.
"""

from __future__ import annotations

import argparse
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

from evals.reader_pairs import RECIPES, Pair, marked, pairs_of
from interviewer.bank import Bank, load_bank
from interviewer.embedding import SentenceEncoder, Tokens
from interviewer.evaluation.cases import Case, Split, load_split
from interviewer.grading.reader import WEIGHTS
from interviewer.resources import bank_folder

HERE = Path(__file__).parent
HIDDEN, MIDDLE, DROPOUT = 128, 64, 0.2
RATE, BATCH = 1e-3, 64


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
