import pytest

from interviewer.errors import SpeechError
from interviewer.speech.recordings import Recordings

NAME = "0123456789abcdef.wav"
OTHER = "fedcba9876543210.wav"


def test_a_recording_is_kept_found_and_deleted(tmp_path):
    kept = Recordings(tmp_path / "deep" / "recordings")
    kept.keep("one", NAME, b"sound")
    kept.keep("one", OTHER, b"more")
    found = kept.find("one", NAME)
    assert found is not None
    assert found.read_bytes() == b"sound"
    kept.delete("one", NAME)
    kept.delete("one", NAME)
    assert kept.find("one", NAME) is None
    kept.delete("one")
    assert kept.find("one", OTHER) is None
    kept.delete("one")


@pytest.mark.parametrize(
    ("interview", "name"),
    [
        ("..", NAME),
        ("../other", NAME),
        ("one/two", NAME),
        ("", NAME),
        ("one", "../../etc/passwd"),
        ("one", "sound.wav"),
        ("one", "0123456789ABCDEF.wav"),
        ("one", ""),
    ],
)
def test_no_name_leads_out_of_the_folder(tmp_path, interview, name):
    kept = Recordings(tmp_path / "recordings")
    (tmp_path / NAME).write_bytes(b"outside")
    assert kept.find(interview, name) is None
    with pytest.raises(SpeechError):
        kept.keep(interview, name, b"sound")
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME]


def test_no_recording_is_written_over(tmp_path):
    kept = Recordings(tmp_path)
    kept.keep("one", NAME, b"first")
    with pytest.raises(SpeechError, match="already"):
        kept.keep("one", NAME, b"second")
    found = kept.find("one", NAME)
    assert found is not None
    assert found.read_bytes() == b"first"


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SpeechError, match="INTERVIEWER_RECORDINGS_DIR"):
        Recordings(tmp_path / "file").keep("one", NAME, b"sound")
