import pytest

from interviewer.speech.noise import is_noise, without_asides


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        ".",
        "…",
        "[BLANK_AUDIO]",
        "(silence)",
        "[Music] (applause)",
        "♪♪",
        "♪ la la la",
        "*coughs*",
        "um",
        "Uh, hmm.",
        "Mm-hmm.",
        "Thank you.",
        "Thanks for watching!",
        "you",
        "Bye-bye.",
        "the the the the the the the the the",
        "okay then okay then okay then okay then okay then",
        "<|nospeech|>",
    ],
)
def test_silence_and_noise_are_no_answer(text):
    assert is_noise(text)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "bagging",
        "L1",
        "thank you, so bagging trains trees on bootstrap samples",
        "um so the variance falls",
        "precision (the share of true positives) falls",
        "p(y|x) is what we want",
        "I don't know",
        "the more trees the more stable, the more data the better, the more the merrier",
        "f(x) [0, 1]",
    ],
)
def test_an_answer_is_no_noise(text):
    assert not is_noise(text)


def test_what_the_recogniser_adds_is_taken_out():
    assert without_asides("so [BLANK_AUDIO] the loss (coughs) falls ♪♪") == "so the loss falls"
    plain = "precision (the share  of true positives), f(x) and [0, 1]"
    assert without_asides(plain) == plain
