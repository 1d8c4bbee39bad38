from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from interviewer.bank import Bank, load_bank
from interviewer.bank.search import BankIndex
from interviewer.bank.vectors import (
    KEPT_CACHES,
    SHIPPED_FILE,
    count_missing,
    vectors_of,
    write_vectors,
)
from interviewer.embedding import SentenceEncoder
from interviewer.resources import bank_folder
from tests.bank.conftest import MINIMAL, WordEncoder


def caches(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_vectors_are_made_once_and_read_back(bank: Bank, tmp_path: Path) -> None:
    first, second = WordEncoder(), WordEncoder()
    hits = BankIndex(bank, first, tmp_path).search("gradient")
    assert len(first.encoded) > len(bank)
    assert BankIndex(bank, second, tmp_path).search("gradient") == hits
    assert second.encoded == ["gradient"]
    assert len(caches(tmp_path)) == 1


def test_another_bank_or_model_makes_its_own_vectors(
    bank: Bank, own_bank: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "vectors"
    BankIndex(bank, WordEncoder(), folder).warm_up()
    other_model = WordEncoder("others", 64)
    BankIndex(bank, other_model, folder).warm_up()
    assert other_model.encoded
    text = MINIMAL.format(id="one")
    for answer in ("first", "second"):
        encoder = WordEncoder()
        own = load_bank(own_bank(one=text.replace("?", f" {answer}?")))
        BankIndex(own, encoder, folder).warm_up()
        assert encoder.encoded


def test_old_vectors_are_removed_and_banks_in_turn_are_kept(bank: Bank, tmp_path: Path) -> None:
    for number in range(KEPT_CACHES + 3):
        BankIndex(bank, WordEncoder(f"model-{number}"), tmp_path).warm_up()
        again = WordEncoder("model-0")
        BankIndex(bank, again, tmp_path).warm_up()
        assert again.encoded == []
    assert len(caches(tmp_path)) == KEPT_CACHES


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"not a zip at all",
        lambda data: data[: len(data) // 2],
        lambda data: data[:200] + bytes(64) + data[264:],
        lambda data: data.replace(b"vectors", b"vektors"),
    ],
)
def test_a_damaged_cache_is_made_again(
    bank: Bank, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    hits = BankIndex(bank, WordEncoder(), tmp_path).search("gradient")
    (path,) = caches(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    encoder = WordEncoder()
    assert BankIndex(bank, encoder, tmp_path).search("gradient") == hits
    assert len(encoder.encoded) > len(bank)
    assert caches(tmp_path) == [path]
    encoder = WordEncoder()
    BankIndex(bank, encoder, tmp_path).warm_up()
    assert encoder.encoded == []


def test_vectors_that_do_not_fit_are_made_again(bank: Bank, tmp_path: Path) -> None:
    BankIndex(bank, WordEncoder(), tmp_path).warm_up()
    (path,) = caches(tmp_path)
    with np.load(path) as stored:
        keys, vectors = stored["keys"], stored["vectors"]
    broken = vectors.copy()
    broken[0, 0] = np.nan
    for wrong in (vectors[:-1], vectors.astype(np.float64), vectors[0], broken):
        np.savez(path, model="words", keys=keys, vectors=wrong)
        encoder = WordEncoder()
        BankIndex(bank, encoder, tmp_path).warm_up()
        assert encoder.encoded


def test_a_folder_that_cannot_be_written_costs_only_time(bank: Bank, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert BankIndex(bank, WordEncoder(), tmp_path / "file").search("gradient")


def test_only_new_texts_are_encoded(tmp_path: Path) -> None:
    vectors_of(["one", "two"], WordEncoder(), tmp_path, None)
    encoder = WordEncoder()
    found = vectors_of(["two", "three", "one", "three"], encoder, tmp_path, None)
    assert encoder.encoded == ["three"]
    expected = WordEncoder().encode(["two", "three", "one", "three"])
    np.testing.assert_array_equal(found, expected)


def test_shipped_vectors_are_read_first_and_the_rest_is_made(tmp_path: Path) -> None:
    shipped, cache = tmp_path / SHIPPED_FILE, tmp_path / "cache"
    assert write_vectors(shipped, ["one", "two", "one"], WordEncoder()) == 2
    encoder = WordEncoder()
    vectors_of(["two", "one"], encoder, cache, shipped)
    assert encoder.encoded == []
    assert not cache.exists()
    found = vectors_of(["two", "new words"], encoder, cache, shipped)
    assert encoder.encoded == ["new words"]
    np.testing.assert_allclose(found, WordEncoder().encode(["two", "new words"]), atol=1e-3)
    others = WordEncoder("another model")
    vectors_of(["two"], others, None, shipped)
    assert others.encoded == ["two"]


def test_writing_keeps_what_the_file_has_and_drops_what_is_gone(tmp_path: Path) -> None:
    shipped = tmp_path / SHIPPED_FILE
    write_vectors(shipped, ["one", "two"], WordEncoder())
    encoder = WordEncoder()
    assert write_vectors(shipped, ["two", "three"], encoder) == 2
    assert encoder.encoded == ["three"]
    assert count_missing(shipped, ["one", "two", "three"], "words") == 1
    assert [path.name for path in tmp_path.iterdir()] == [SHIPPED_FILE]


def test_the_shipped_bank_has_its_vectors(bank: Bank, encoder: SentenceEncoder) -> None:
    path, texts = bank_folder() / SHIPPED_FILE, BankIndex(bank, encoder, None).texts
    assert count_missing(path, texts, encoder.name) == 0, "run `interviewer bank vectors --write`"
    some = texts[::100]
    found = vectors_of(some, WordEncoder(encoder.name), None, path)
    np.testing.assert_allclose(found, encoder.encode(some), atol=2e-3)
