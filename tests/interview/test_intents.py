"""Requests are told from answers that hold the same words."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.interview.intents import MAX_WORDS, recognise
from interviewer.interview.session import Intent

REQUESTS = {
    Intent.REPEAT: """
        can you repeat that | Sorry, could you repeat the question? | could you say that again
        uh can you say that one more time please | what was the question again | What? | pardon
        I didn't catch that | do you mind repeating the question | repeat the question please
        could you ask me the question again please | could you please repeat that last part
        come again | can you read the question again slowly | I missed the question, sorry
        I don't know, could you repeat the question | again please | what did you ask
    """,
    Intent.REPHRASE: """
        can you rephrase | could you put that differently | in other words?
        can you make the question easier | can you explain it in simpler terms
        could you please rephrase the question for me
        um can you ask that in a different way | would you mind rewording that
    """,
    Intent.CLARIFY: """
        what do you mean | what do you mean by drift | what exactly are you asking
        I don't understand the question | i'm not sure what you're asking | could you clarify
        could you be more specific | i don't get it | what does that mean | I'm confused
        can you clarify the question a bit | sorry what do you mean by that exactly
        I don't know what you mean | do you mean precision or recall? | in what sense
        can I assume the data is labelled | are we talking about classification here
        should I talk about training or serving | which kind of drift do you mean
        how much detail do you want | how deep should I go | I don't understand what you want
    """,
    Intent.HINT: """
        give me a hint | can i have a hint please | any hints? | I'm stuck | a little help please
        i could use a hint | do you have another hint | I don't know, can I get a hint?
        can you help me out | could you point me in the right direction | hint | one more hint
        can you give me a small hint for this one | I'd like a hint | a further hint please
        where should I start | can you help me get started | give me something to start with
        what's the answer | just tell me the answer please | am I on the right track
    """,
    Intent.PAUSE: """
        let me think | give me a second | hold on | one moment | hmm | um | okay thank you
        let me think about it for a minute | hmm, give me a couple of seconds | just a sec
        i need a moment to think | good question, let me think | may I have a minute | wait
        can you give me a minute to think about that | can I take a second | let me think out loud
        I don't know. Let me think about it | let me finish | I'm still thinking | thinking
        I need a bit more time | let me write this down
    """,
    Intent.SKIP: """
        next question please | skip this one | skip | pass | let's move on | next
        okay next question | can we go to the next question | moving on
        I'd like to skip that question please
        nothing else to add | that's all
        uh pass | I think I'll pass on this one | never mind
        let's go to the next one | I'd rather not answer that | can we do another question
        can we come back to this one later
    """,
    Intent.DONT_KNOW: """
        i don't know | no idea | um i have no clue sorry | dunno | idk | not sure | I DO NOT KNOW
        i really don't know the answer to this one | I'm not sure about that | never heard of it
        sorry i don't remember | I can't answer that | i honestly have no idea at all
        I don't know, let's skip | no idea, next question please | I am not familiar with that topic
        i don't know much about this | I dont know how to answer this | I give up | I forgot
    """,
    Intent.BACK: """
        can i go back to my last answer | i want to add something to my previous answer | go back
        can we go back to the previous question | I'd like to add something to my last answer
        can i add one more thing | i forgot something in my last answer | can i change my answer
        let me go back and add something | i want to correct my previous answer
    """,
    Intent.END: """
        end the interview | let's stop here | stop | quit | can we end it here | goodbye
        let's call it a day | I have to go | let's wrap up | that's enough for today
        please end this interview now | i'm done with the interview | I want to stop the interview
        let's finish
    """,
}

ANSWERS = """
    you repeat that for k folds
    I don't know the exact formula but the loss is the negative log likelihood
    skip connections help gradients flow
    next we compute the gradient
    Stop early.
    early stopping
    you stop when the validation loss rises
    Nothing.
    I don't.
    Yes.
    No, it does not.
    pointers
    two pointers
    a linked list and another pointer
    slowly
    pass the gradient back through the network
    go back and fix the labels
    back propagation
    add more data
    add something like an l2 penalty to the loss
    repeat until convergence
    repeat the assignment step until nothing changes
    the next token
    next token prediction
    time
    it depends
    I'm not sure but I think it is the bias
    what you do is average the trees
    the hint loss trains the student on the teacher's layers
    you end up with a lower variance
    skip grams
    let me think, it is the variance of the estimator
    so let me think about this first you split the data
    another tree
    one more layer
    think of it as a prior
    it helps the model generalise
    we move on to the next batch
    end to end training
    I forgot to mention dropout
    it meant that the data had drifted
    continue training from a checkpoint
    first we stop the gradient
    wait for convergence
    the hold out set
    what matters is recall
    having no idea of the base rate is the mistake
    then we pass it to the decoder
    I don't know if it is convex, so I would start with many seeds
    Bias is error from wrong assumptions. Next question please.
    I was stuck on this for a month, and then a colleague helped me
    I did not understand the requirements so I asked the team to clarify the question they had
    don't skip this one
    A good question to ask is who labels the data.
    It depends on what you mean by drift, and I would start with the labels
    I would start with the data
    where I would start is the baseline
    what I assume is that the data is labelled
    the answer is gradient boosting
    it is about classification
    thinking about the loss, it is convex
    focus on recall
    we come back to this point in every epoch
"""


def split(text: str) -> list[str]:
    return [part.strip() for line in text.split("\n") for part in line.split(" | ") if part.strip()]


TABLE = [(text, intent) for intent, texts in REQUESTS.items() for text in split(texts)]


def test_the_tables_are_large_enough():
    assert len(TABLE) >= 60
    assert len(split(ANSWERS)) >= 40


@pytest.mark.parametrize(("text", "intent"), TABLE)
def test_a_request_is_recognised(text, intent):
    assert recognise(text) is intent


@pytest.mark.parametrize("text", split(ANSWERS))
def test_an_answer_is_an_answer(text):
    assert recognise(text) is None


@given(st.sampled_from(TABLE), st.randoms(use_true_random=False))
def test_case_punctuation_and_fillers_do_not_matter(entry, chance):
    text, intent = entry
    shouted = [
        word.swapcase() + chance.choice(["", ",", ".", "...", "?", " -", "!?"])
        for word in text.split()
    ]
    assert recognise(f"Um, uh... {' '.join(shouted)} ") is intent


@given(st.text())
def test_any_text_is_taken(text):
    assert recognise(text) in {*Intent, None}


@given(st.text(alphabet=string.ascii_letters + " ,.?!'", max_size=80))
def test_shouting_changes_nothing(text):
    assert recognise(text.upper()) == recognise(text.lower())


def test_a_long_utterance_is_an_answer_at_once():
    assert recognise("skip " * (MAX_WORDS + 1)) is None
    assert recognise("um " * 20_000) is None


def test_no_mix_of_its_own_words_takes_long():
    words = sorted({word for text, _ in TABLE for word in text.lower().split()})
    chance = random.Random(0)
    for _ in range(200):
        # The limit of the suite would catch a pattern that explodes.
        recognise(" ".join(chance.choices(words, k=MAX_WORDS)))
