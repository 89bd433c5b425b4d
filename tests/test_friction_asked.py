"""What the customer is asked for after having said it: the signs, their chance, and the calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.friction import find_friction
from qa_review.grade.friction_asked import (
    WEIGHTS,
    History,
    chance,
    first_of,
    kinds_wanted,
    signs,
    tokens,
    without_tags,
)
from qa_review.grade.friction_repeats import answers, given_again

SIDES = {"a": "agent", "c": "customer"}


def call(*lines: str) -> Transcript:
    return Transcript("call", "en", tuple(Turn(SIDES[line[0]], line[3:]) for line in lines))


def repeats(*lines: str) -> list[int]:
    return [one.quote.turn for one in find_friction(call(*lines)) if one.kind == "repeat"]


START = ("a: Hello.", "c: It's Olga. My kettle broke on Tuesday, I paid forty pounds for it.")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What was the name?", "Olga."),
        ("And when did that happen?", "Tuesday."),
        ("How much was it?", "Forty. Forty pounds."),
        ("What's broken?", "The kettle."),
        ("which product was it", "the kettle i said"),
        ("And your name?", "Olga, I did say."),
        ("Is it the toaster?", "No, the kettle! I've told you that."),
    ],
)
def test_asking_for_what_was_said_is_a_repeat(asked: str, answer: str) -> None:
    assert repeats(*START, f"a: {asked}", f"c: {answer}") == [2]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What's the postcode?", "LS8 3QT."),
        ("Where did you buy it?", "In the shop on Mill Road."),
        ("Did you drop it?", "No."),
        ("Shall I send a new kettle on Tuesday?", "Yes please."),
        ("It will be with you on Friday, Olga.", "Thank you."),
        ("Did anything go wrong before?", "He said to me that it was fine."),
    ],
)
def test_asking_for_something_new_is_no_repeat(asked: str, answer: str) -> None:
    assert repeats(*START, f"a: {asked}", f"c: {answer}") == []


def test_the_first_answer_of_a_call_repeats_nothing() -> None:
    assert list(answers(call("a: What's the name?", "c: Olga, Olga."))) == []


def test_an_answer_belongs_to_the_agents_last_turn_before_it() -> None:
    lines = ("c: Olga here.", "a: Right.", "a: Your name?", "c: Olga.")
    (one,) = answers(call(*lines))
    assert (one.asked, one.answered) == (2, 3)


def test_a_turn_of_nobody_known_is_passed_over() -> None:
    turns = (Turn("customer", "Olga here."), Turn("unknown", "mm"), Turn("agent", "Name?"),
             Turn("unknown", "mm"), Turn("customer", "Olga."))  # fmt: skip
    (one,) = answers(Transcript("x", "en", turns))
    assert (one.asked, one.answered) == (2, 4)


def test_numbers_are_tokens_as_figures_and_one_is_none() -> None:
    said = without_tags("customer", "one kettle, four cups and 4 spoons")
    assert tokens(said) == {"kettl", "4", "cup", "spoon"}


def test_the_first_clause_that_says_anything_answers() -> None:
    assert first_of(without_tags("customer", "Well, yes. Four. He likes kettles.")) == {"4"}
    assert first_of(without_tags("customer", "Yes.")) == set()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("And your surname?", {"name"}),
        ("policy number please", {"number"}),
        ("How much was that?", {"amount"}),
        ("How can I help?", {"matter"}),
        ("I have put your name and your number and all of the rest into it.", set()),
    ],
)
def test_what_the_agent_asks_for_has_a_kind(text: str, kinds: set[str]) -> None:
    assert kinds_wanted(without_tags("agent", text)) == kinds


def test_every_sign_has_a_weight_and_every_weight_a_sign() -> None:
    agent, answer = without_tags("agent", "Name?"), without_tags("customer", "Olga.")
    assert list(signs(agent, answer, History(), says_so=False, number=False)) == list(WEIGHTS)


@pytest.mark.parametrize("name", ["says_so", "number"])
def test_a_complaint_or_a_number_makes_it_likelier(name: str) -> None:
    agent, answer = without_tags("agent", "Name?"), without_tags("customer", "Olga.")
    both = {"says_so": False, "number": False}
    without = chance(signs(agent, answer, History(), **both))
    assert chance(signs(agent, answer, History(), **{**both, name: True})) > without


WORDS = st.sampled_from("olga kettle four 4471 what name said i yes ? . tuesday".split())


@given(st.lists(st.tuples(st.sampled_from("ac"), st.lists(WORDS, max_size=6)), max_size=10))
def test_whatever_is_said_a_repeat_is_an_agents_turn_with_a_later_answer(lines: list) -> None:
    heard = call(*(f"{side}: {' '.join(words)}" for side, words in lines))
    found = list(given_again(heard))
    assert len({one.asked for one in found}) == len(found)
    for one in found:
        assert one.asked < one.answered
        assert heard.turns[one.asked].speaker == "agent"
        assert heard.turns[one.answered].speaker == "customer"
    assert all(0 < chance(one.signs) < 1 for one in answers(heard))
