import numpy as np

from interviewer.embedding import SentenceEncoder


def test_many_texts_come_back_in_their_order(encoder):
    texts = [f"{'very ' * (number % 7)}deep network number {number}" for number in range(150)]
    vectors = encoder.encode(texts)
    assert vectors.shape == (150, 384)
    for row in (0, 1, 77, 149):
        np.testing.assert_allclose(vectors[row], encoder.encode([texts[row]])[0], atol=1e-5)


class Model:
    """Notes how many texts it is given at once."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def encode(self, texts, **_):
        self.given.append(len(texts))
        return np.zeros((len(texts), 2), dtype=np.float32)

    def get_embedding_dimension(self):
        return 2


def test_nobody_waits_for_thousands_of_texts(monkeypatch):
    encoder, model = SentenceEncoder(), Model()
    monkeypatch.setattr(encoder, "_load", lambda: model)
    encoder.encode(["text"] * 1_000)
    assert sum(model.given) == 1_000
    assert max(model.given) <= 64
