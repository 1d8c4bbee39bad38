"""The reader: the trained network in numpy, long answers, and what it makes of plain sentences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evals.reader_pairs import Pair, statements
from evals.train_reader import Network, Store, batch_of
from interviewer.embedding import Tokens, unit
from interviewer.grading import reader as grading_reader
from interviewer.grading.reader import ABSENT, DENIED, SAID, Reader, load_reader, reads

WIDTH = 24
SIZES = {"statements": (1, 3, 17, 9, 2), "answers": (1, 2, 40, 240)}

PLAIN = [
    (
        "A larger batch gives a less noisy estimate of the gradient.",
        "When you put more examples in a batch, the gradient you get is less noisy.",
        "When you put more examples in a batch, the gradient you get is noisier.",
    ),
    (
        "Shuffling the data before a split breaks the order of time.",
        "If you shuffle first and split afterwards, the order of time is broken.",
        "If you shuffle first and split afterwards, the order of time stays intact.",
    ),
    (
        "A median is not moved by a few extreme values.",
        "A handful of huge outliers will leave the median where it was.",
        "A handful of huge outliers will drag the median far away.",
    ),
    (
        "Pruning a tree makes it less likely to overfit.",
        "Once you cut back the branches of a tree it overfits less.",
        "Once you cut back the branches of a tree it overfits more.",
    ),
    (
        "Caching the results makes the second request faster.",
        "The second time you ask it is quicker, because the results are cached.",
        "The second time you ask it is slower, because the results are cached.",
    ),
    (
        "The encoder sees the whole sentence, the decoder only the words so far.",
        "Decoders look at earlier words only, while encoders look at the full sentence.",
        "Encoders look at earlier words only, while decoders look at the full sentence.",
    ),
    (
        "Quantization lowers the memory a model needs.",
        "After you quantize the weights, the model takes up less memory.",
        "After you quantize the weights, the model takes up more memory.",
    ),
    (
        "Labels from one tired annotator should not be trusted.",
        "I would not trust the labels of a single exhausted annotator.",
        "I would fully trust the labels of a single exhausted annotator.",
    ),
    (
        "A deep network can learn features that a linear model cannot.",
        "There are features a linear model can't pick up that a deep net does learn.",
        "There are features a deep net can't pick up that a linear model does learn.",
    ),
    (
        "Raising the threshold leads to fewer alerts.",
        "If we set the threshold higher, we get fewer alerts.",
        "If we set the threshold higher, we get more alerts.",
    ),
]
"""A statement, another way to say it, and its denial."""

ASIDE = (
    "On Sunday we walked along the river and had lunch near the old mill. "
    "My sister brought bread, cheese and a bag of plums from her garden. "
    "The dog ran after every stick and came back wet and happy. "
    "Later it rained for an hour, so we waited under the bridge and told stories. "
    "The train home was full and we stood most of the way. "
)


class Held:
    """Random vectors, the same for the same text; half precision holds them exactly."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(0)
        self.held: dict[str, Tokens] = {}

    def add(self, text: str, size: int) -> str:
        raw, inner = self.random.standard_normal((2, size, WIDTH)).astype(np.float16)
        ids = self.random.integers(0, 30, size)
        spans = np.zeros((size, 2), np.int64)
        raw, inner = raw.astype(np.float32), inner.astype(np.float32)
        self.held[text] = Tokens(unit(raw), raw, inner, spans, ids)
        return text

    def tokens(self, texts) -> list[Tokens]:
        return [self.held[text] for text in texts]


def odds(reader: Reader, encoder, statements: list[str], answer: str) -> np.ndarray:
    """Probabilities of absent, said and denied, shape (statements, 3)."""
    looked_for = reader.statements(encoder.tokens(statements))
    return np.exp(reader.judge(looked_for, reader.read(encoder.tokens([answer])[0])))


@pytest.mark.parametrize("seed", range(3))
def test_the_numpy_reader_is_the_trained_network(seed):
    torch.manual_seed(seed)
    network = Network(2 * WIDTH).eval()
    with torch.no_grad():
        for weights in network.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    held = Held()
    told, answers = ([held.add(f"{kind} {size}", size) for size in SIZES[kind]] for kind in SIZES)
    store = Store(held)  # type: ignore[arg-type]
    store.add([*told, *answers])
    pairs = [Pair(text, answer, (1.0, 0.0, 0.0)) for answer in answers for text in told]
    with torch.inference_mode():
        logits = network(batch_of(pairs, range(len(pairs)), store)).log_softmax(-1)
    expected = logits.numpy().reshape(len(answers), len(told), 3)

    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    reader = Reader([grading_reader.Network(arrays)])
    looked_for = reader.statements(held.tokens(told))
    found = np.array([reader.judge(looked_for, reader.read(held.held[text])) for text in answers])

    assert expected.std(axis=(0, 1)).min() > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_two_networks_read_by_their_geometric_mean(encoder):
    both = load_reader()
    parts = [Reader([network]) for network in both._networks]
    assert len(parts) == 2
    statements, answer = [item[0] for item in PLAIN], PLAIN[0][1]
    each = [np.log(odds(part, encoder, statements, answer)) for part in parts]
    mean = np.exp(np.mean(each, axis=0))
    expected = mean / mean.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(odds(both, encoder, statements, answer), expected, atol=1e-4)
    assert abs(each[0] - each[1]).max() > 0.1


def test_a_statement_is_read_the_same_alone_and_among_others(encoder):
    reader, answer = load_reader(), PLAIN[0][1]
    statements = [item[0] for item in PLAIN] + ["Memory."]
    together = odds(reader, encoder, statements, answer)
    alone = [odds(reader, encoder, [text], answer)[0] for text in statements]
    np.testing.assert_allclose(together, alone, atol=1e-3)


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_long_answer_is_read_to_its_end(encoder, place):
    reader = load_reader()
    statement, paraphrase, _ = PLAIN[9]
    filler = ASIDE * 23
    half = ASIDE * 11

    def around(text: str) -> str:
        return {
            "first": f"{text} {filler}",
            "middle": f"{half}{text} {half}",
            "last": f"{filler}{text}",
        }[place]

    assert len(around(paraphrase).split()) > 1_450
    assert odds(reader, encoder, [statement], filler)[0, ABSENT] > 0.5
    assert odds(reader, encoder, [statement], around(paraphrase))[0, ABSENT] < 0.1


def test_nothing_is_said_or_denied_without_words(encoder):
    reader = load_reader()
    nothing, something = encoder.tokens(["", PLAIN[0][0]])
    none = reader.statements([])
    assert [len(each) for each in none] == [0, 0]
    assert reader.judge(none, reader.read(something)).shape == (0, 3)
    silent = np.exp(reader.judge(reader.statements([something, something]), reader.read(nothing)))
    assert silent.shape == (2, 3)
    assert (silent.argmax(axis=1) == ABSENT).all()


def test_it_knows_which_sentence_speaks_of_a_statement(encoder):
    found = np.array(
        [
            odds(load_reader(), encoder, [item[0] for item in PLAIN], paraphrase)[:, ABSENT]
            for _, paraphrase, _ in PLAIN
        ]
    )
    assert (found.argmin(axis=1) == np.arange(len(PLAIN))).all()


def test_the_shipped_weights_tell_said_from_denied_on_what_they_were_trained_on(encoder):
    """This guards against weights that belong to another encoder or another network."""
    reader, right = load_reader(), []
    for fact in statements()[::60]:
        claim, *said = fact["said"]
        margins = [
            odds(reader, encoder, [claim], text)[0] @ (0.0, 1.0, -1.0)
            for text in (*said, *fact["flip"])
        ]
        right += [kept > lost for kept in margins[: len(said)] for lost in margins[len(said) :]]
    assert np.mean(right) > 0.8


@pytest.mark.xfail(reason="facts outside the training set: said and denied are told by chance")
def test_a_paraphrase_is_said_and_its_flip_denied(encoder):
    reader = load_reader()
    right = 0
    for statement, paraphrase, flip in PLAIN:
        said = odds(reader, encoder, [statement], paraphrase)[0]
        denied = odds(reader, encoder, [statement], flip)[0]
        right += said[SAID] > said[DENIED] and denied[DENIED] > denied[SAID]
    assert right >= 8


@pytest.mark.parametrize(
    "answer", ["a", "🙂 \x00 ∑", "no " * 900, "x" * 3_000, "Σ(y − ŷ)² / n", ASIDE * 40]
)
def test_every_reading_is_a_probability(encoder, answer):
    found = odds(load_reader(), encoder, ["a", "🙂", *(item[0] for item in PLAIN)], answer)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-4)


def test_it_reads_only_the_vectors_it_was_trained_on(encoder):
    assert reads(encoder.name)
    assert not reads("another-model")
