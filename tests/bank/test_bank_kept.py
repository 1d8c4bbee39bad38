"""Questions that were read once are read fast."""

import json
from pathlib import Path

import pytest

from interviewer.bank import load_bank
from interviewer.bank.kept import keep
from interviewer.errors import QuestionFileError
from interviewer.resources import bank_folder
from tests.bank.conftest import MINIMAL


def kept_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("bank-questions-*.json"))


def test_a_kept_bank_is_the_same_bank(tmp_path):
    fresh = load_bank(bank_folder())
    for _ in range(2):
        again = load_bank(bank_folder(), cache_dir=tmp_path)
        assert (again.hash, again.files) == (fresh.hash, fresh.files)
    assert len(kept_files(tmp_path)) == 1


def test_a_changed_file_is_read(own_bank, tmp_path):
    cache = tmp_path / "cache"
    folder = own_bank(one=MINIMAL.format(id="one"))
    assert "two" not in load_bank(folder, cache_dir=cache)
    own_bank(two=MINIMAL.format(id="two"))
    assert "two" in load_bank(folder, cache_dir=cache)
    own_bank(two="id: [")
    with pytest.raises(QuestionFileError):
        load_bank(folder, cache_dir=cache)


def test_a_kept_bank_is_used(own_bank, tmp_path):
    cache = tmp_path / "cache"
    folder = own_bank(one=MINIMAL.format(id="one"))
    load_bank(folder, cache_dir=cache)
    (path,) = kept_files(cache)
    held = json.loads(path.read_text())
    held[0]["title"] = "From the cache"
    path.write_text(json.dumps(held))
    assert load_bank(folder, cache_dir=cache)["one"].title == "From the cache"
    for damaged in ("{", "[]", "[1]"):
        path.write_text(damaged)
        assert load_bank(folder, cache_dir=cache)["one"].title != "From the cache"


def test_a_cache_that_cannot_be_written_is_no_failure(own_bank, tmp_path):
    (tmp_path / "file").write_text("no folder")
    folder = own_bank(one=MINIMAL.format(id="one"))
    assert "one" in load_bank(folder, cache_dir=tmp_path / "file")


def test_few_are_kept_and_nothing_half(tmp_path):
    for number in range(5):
        keep(tmp_path / f"a-{number}.json", b"x", pattern="a-*.json", most=2)

    def broken(stream):
        stream.write(b"half")
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - as raised above
        keep(tmp_path / "a-9.json", broken, pattern="a-*.json", most=2)
    assert len(list(tmp_path.iterdir())) == 2
