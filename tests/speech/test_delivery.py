import pytest

from interviewer.model import Answer, Manner, Speech, Stretch
from interviewer.speech.delivery import delivery, merged, together


def spoken(transcript: str, *stretches: tuple[float, float], text: str = "Corrected.") -> Answer:
    times = tuple(Stretch(start=start, end=end) for start, end in stretches)
    speech = Speech(transcript=transcript, stretches=times)
    return Answer(text=text, manner=Manner.SPOKEN, speech=speech)


def test_pace_fillers_and_pauses_of_an_answer():
    words = "um so bagging you know trains many trees uh on bootstrap samples and averages them"
    found = delivery(spoken(words, (1.5, 4.0), (7.0, 11.5)), budget_seconds=300)
    assert found is not None
    assert found.words == 15
    assert found.fillers == 3
    assert found.talk_seconds == 10.0
    assert found.longest_pause == 3.0
    assert found.first_word == 1.5
    assert found.words_per_minute == 90.0
    assert found.fillers_per_minute == 18.0
    assert found.budget_seconds == 300


def test_what_was_typed_or_not_timed_has_no_delivery():
    assert delivery(Answer(text="Bagging averages trees.")) is None
    assert delivery(spoken("bagging averages trees")) is None


def test_a_correction_is_no_delivery():
    found = delivery(spoken("um l one", (0.5, 4.0), text="L1 and a page of typed text."))
    assert found is not None
    assert found.words == 3


def test_too_little_to_tell_a_pace():
    found = delivery(spoken("yes it is", (0.2, 1.0)))
    assert found is not None
    assert found.words_per_minute is None
    assert found.fillers_per_minute is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([(0, 1), (1.1, 2)], [(0, 2)]),
        ([(3, 4), (0, 1)], [(0, 1), (3, 4)]),
        ([(0, 5), (1, 2)], [(0, 5)]),
        ([(2, 2), (3, 1)], []),
    ],
)
def test_stretches_are_put_in_order(given, expected):
    made = merged(Stretch(start=start, end=end) for start, end in given)
    assert [(item.start, item.end) for item in made] == expected


def test_ordinary_words_are_no_fillers():
    found = delivery(spoken("like the error of a kind of tree and so I like it", (0.0, 6.0)))
    assert found is not None
    assert found.fillers == 1


def test_several_answers_together():
    one = delivery(spoken("bagging averages many trees", (1.0, 4.0)), budget_seconds=300)
    two = delivery(spoken("um boosting adds them", (3.0, 4.0), (8.0, 9.0)), budget_seconds=300)
    assert one
    assert two
    whole = together([one, two])
    assert whole is not None
    assert whole.words == 8
    assert whole.talk_seconds == 9.0
    assert whole.longest_pause == 4.0
    assert whole.first_word == 3.0
    assert whole.budget_seconds == 600
    assert together([]) is None
