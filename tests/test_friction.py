"""Friction found in what was said: phrases, systems, and what had to be said again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.span import Span
from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.friction import (
    Friction,
    counted,
    find_friction,
    friction_of,
    lost_ms,
    systems_named,
)
from qa_review.grade.friction_numbers import numbers_in
from qa_review.grade.friction_systems import systems_in
from qa_review.grade.friction_words import phrases_in, vocabulary
from qa_review.grade.rubric import Example

CASES = [
    (kind.id, example, wanted)
    for kind in vocabulary().indicators
    for examples, wanted in ((kind.met, True), (kind.not_met, False))
    for example in examples
]
SIDES = {"a": "agent", "c": "customer"}


def call(*lines: str, language: str = "en") -> Transcript:
    """A written dialogue: ``"a: hello"`` is the agent, ``"c: hello"`` the customer."""
    turns = tuple(Turn(SIDES[line[0]], line[3:]) for line in lines)
    return Transcript("call", language, turns)


def kinds(*lines: str) -> list[tuple[str, int]]:
    return [(one.kind, one.quote.turn) for one in find_friction(call(*lines))]


def said(example: Example) -> Transcript:
    pairs = (("customer", example.customer), ("agent", example.agent), ("customer", example.then))
    return Transcript("x", "en", tuple(Turn(who, text) for who, text in pairs if text))


@pytest.mark.parametrize(("kind", "example", "wanted"), CASES, ids=lambda one: str(one)[:40])
def test_the_examples_of_each_kind_are_met_or_not(
    kind: str, example: Example, wanted: bool
) -> None:
    assert (kind in {hit.indicator for hit in phrases_in(said(example))}) is wanted


def test_each_kind_has_examples_of_both() -> None:
    assert [kind.id for kind in vocabulary().indicators if not (kind.met and kind.not_met)] == []


PUNCTUATED = (
    "a: Good morning, how can I help?",
    "c: My parcel hasn't come. It's order 4471 920.",
    "a: Right. I'll need to look in the courier's system, it's a separate one. Bear with me.",
    "c: Okay.",
    "a: And what was the order number?",
    "c: I just said that. 4471 920.",
    "a: I'll put you through to the depot, they'll sort it.",
)


def test_look_up_repeat_and_transfer_are_found_with_the_system() -> None:
    found = find_friction(call(*PUNCTUATED))
    assert [(one.kind, one.quote.turn, one.system) for one in found] == [
        ("look-up", 2, "courier system"), ("repeat", 4, ""), ("transfer", 6, ""),
    ]  # fmt: skip
    assert [one.lost_ms for one in found] == [None] * 3 and lost_ms(found) is None
    assert found[1].note == "the customer then said: “I just said that.”"


def test_words_as_a_recogniser_writes_them_give_the_same() -> None:
    bare = [line[:3] + line[3:].lower().translate({ord(c): None for c in ".,?'"}) for line in PUNCTUATED]  # fmt: skip  # noqa: E501
    assert kinds(*bare) == kinds(*PUNCTUATED)
    assert systems_named(find_friction(call(*bare))) == ("courier system",)


def test_only_the_agent_makes_the_customer_wait() -> None:
    assert kinds("a: What's the number?", "c: Bear with me, it's loading. One moment.") == []


def test_of_several_waits_in_a_turn_one_is_told() -> None:
    assert kinds("a: Bear with me, I'll pop you on hold. Two minutes, hang on.") == [("hold", 0)]


def test_a_system_without_a_wait_costs_nothing_and_is_not_counted() -> None:
    found = find_friction(call("a: It's on the billing system.", "c: Right.", "a: Yes, on the system."))  # fmt: skip  # noqa: E501
    assert [(one.kind, one.system) for one in found] == [
        ("system", "billing system"), ("system", "system"),
    ]  # fmt: skip
    assert counted(found) == () and len(systems_named(found)) == 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I have to go into the contractor's system.", ["contractor system"]),
        ("ill check the claims system and the contractors portal", ["claim system"]),
        ("It's in the back office system.", ["back office system"]),
        ("That's on another system.", ["another system"]),
        ("It's in the gate system, it's a separate system.", ["gate system"]),
        ("I'll keep you on my screen.", ["screen"]),
        ("Open your app and look at your account on the website.", []),
        ("Reset the heating system, then the alarm system.", []),
        ("It's the system, the system is slow.", ["system"]),
    ],
)
def test_systems_are_the_agents_and_each_counts_once(text: str, names: list[str]) -> None:
    found = systems_in(text)
    assert [one.name for one in found] == names
    assert all(text[one.start : one.end].strip() == text[one.start : one.end] for one in found)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("i need to go in the payments screen", ["payment screen"]),
        ("I'll look in the courier portal", ["courier portal"]),
        ("look at the lock screen", []),
    ],
)
def test_a_named_screen_is_a_system_where_the_agent_waits_for_it(
    text: str, names: list[str]
) -> None:
    assert [one.name for one in systems_in(text, waiting=True)] == names
    assert systems_in(text) == ()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("double four five", ("445",)),
        ("twenty-one forty seven", ("2147",)),
        ("it's 0161 496, and 22", ("0161496", "22")),
        ("fifteen oh nine", ("1509",)),
        ("nothing here", ()),
        ("", ()),
    ],
)
def test_numbers_are_digits_however_they_are_said(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(text) == numbers


def test_a_number_given_before_is_a_repeat_whoever_spells_it_how() -> None:
    lines = ("c: It's claim 44 022.", "a: And the claim number?", "c: Four four oh, double two.")
    assert kinds(*lines) == [("repeat", 1)]


def test_a_number_that_was_read_out_is_confirmed_not_repeated() -> None:
    assert kinds("c: It's claim 44022.", "a: So 44022, is that right?", "c: Yes, 44022.") == []


def test_a_number_that_is_new_is_no_repeat() -> None:
    assert kinds("c: It's claim 44022.", "a: And your phone?", "c: 0161 496 018.") == []


def test_a_fact_given_before_is_a_repeat() -> None:
    lines = (
        "c: My boiler in the upstairs bathroom drips.", "a: Which room is that?",
        "c: Upstairs bathroom.",
    )  # fmt: skip
    assert kinds(*lines) == [("repeat", 1)]


def test_what_a_transcriber_put_in_is_not_what_the_customer_said() -> None:
    lines = ("c: <INAUDIBLE SPEECH> [loud noise]", "a: Any pain?", "c: <INAUDIBLE SPEECH>")
    assert kinds(*lines) == []


def test_the_customers_first_words_repeat_nothing() -> None:
    assert kinds("a: What is it?", "c: I told you already yesterday.") == []


def test_a_language_without_phrases_is_not_looked_at() -> None:
    assert friction_of(call("a: Bear with me.", language="de")) is None
    assert len(friction_of(call("a: Bear with me.", language="en-GB")) or ()) == 1


def test_a_kind_that_does_not_exist_is_refused() -> None:
    quote = call("a: Bear with me.").quote(0, 0, 4)
    with pytest.raises(ValueError, match="a friction is one of look-up, hold"):
        Friction("queue", quote)  # type: ignore[arg-type]


def test_time_that_overlaps_is_lost_once() -> None:
    quote = call("a: Bear with me.").quote(0, 0, 4)
    spans = (Span(0, 5_000), Span(3_000, 9_000), Span(20_000, 21_000))
    found = [Friction("hold", quote, "", span.length_ms, span) for span in spans]
    assert lost_ms(found) == 10_000  # 0 to 9 s, and 1 s
    assert lost_ms([]) == 0 and lost_ms([*found, Friction("hold", quote)]) is None


WORDS = st.sampled_from(
    "bear with me one moment the billing system hold on i said that already 4471 what number "
    "again ? . put you through please is slow <x>".split()
)
LINES = st.lists(st.tuples(st.sampled_from("ac"), st.lists(WORDS, min_size=1, max_size=9)), max_size=9)  # fmt: skip  # noqa: E501


@given(LINES)
def test_whatever_is_said_each_quote_was_said_and_each_wait_is_one_a_turn(lines: list) -> None:
    heard = call(*(f"{side}: {' '.join(words)}" for side, words in lines))
    found = find_friction(heard)
    assert found == find_friction(heard)
    for one in found:
        turn = heard.turns[one.quote.turn]
        assert turn.speaker == "agent" and turn.text[one.quote.start : one.quote.end]
        assert one.quote.text == turn.text[one.quote.start : one.quote.end]
    waits = [one.quote.turn for one in found if one.kind in ("look-up", "hold", "transfer")]
    assert len(waits) == len(set(waits))


def test_no_sentence_of_a_rated_conversation_is_among_the_phrases() -> None:
    """Rated conversations measure the phrases, so none of their turns may be an example."""
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "gold" / "conversations.jsonl"
    said_there = {
        turn["text"].strip().lower()
        for line in path.read_text(encoding="utf-8").splitlines()
        for turn in json.loads(line).get("turns", ())
        if len(turn["text"].split()) > 4
    }
    ours = {
        text.strip().lower()
        for _, example, _ in CASES
        for text in (example.customer, example.agent, example.then)
        if text
    }
    assert len(said_there) > 1_000 and not ours & said_there
