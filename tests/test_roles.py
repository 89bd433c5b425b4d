"""Which of two speakers is the agent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.capture.roles import CUES, SURE, WEIGHTS, agent_of, cues

AGENT = (
    "good morning you're through to harbour energy this is mina how can i help can i take your "
    "account number please thank you bear with me a moment i can see the reading was estimated "
    "i'll send you a corrected bill by friday is there anything else i can help you with"
)
CUSTOMER = (
    "hi yes it's about my bill i think you've charged me twice i paid it already and i've been "
    "waiting since monday it's four four nine one okay thanks no that's all"
)
PAIRS = {
    "energy": (AGENT, CUSTOMER),
    "clinic": (
        "hello the elm road surgery how can i help could i take your date of birth thank you "
        "let me have a look i've got thursday at nine i can book that for you you'll get a text",
        "oh hello i need to change my appointment i can't get out of work it's the second of may",
    ),
    "parcels": (
        "thank you for calling swift parcels what is your tracking number okay one moment our "
        "driver left it with a neighbour i will raise it with the depot for you have a nice day",
        "where is my parcel i was told tuesday i've been in all day and nobody came i want "
        "a refund",
    ),
}


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("name", PAIRS)
def test_the_agent_is_told_by_what_they_say(name: str, swapped: bool, first: int) -> None:
    texts = PAIRS[name][::-1] if swapped else PAIRS[name]
    agent, why = agent_of(texts, first=first, are_channels=True)
    assert agent == int(swapped)
    assert why.channel == agent
    assert why.confidence >= SURE and not why.reason.startswith("uncertain")


def test_one_channel_has_no_agent_channel() -> None:
    _, why = agent_of((AGENT, CUSTOMER), first=0, are_channels=False)
    assert why.channel is None


def test_marks_and_capitals_change_nothing() -> None:
    plain = agent_of((AGENT, CUSTOMER), first=0, are_channels=True)
    dressed = (AGENT.upper().replace(" ", ", "), CUSTOMER.title() + "?!")
    assert agent_of(dressed, first=0, are_channels=True)[0] == plain[0]


def test_speaking_first_decides_between_equals_and_is_called_uncertain() -> None:
    for first in (0, 1):
        agent, why = agent_of(("hello yes", "hello yes"), first=first, are_channels=True)
        assert agent == first
        assert why.confidence < SURE and why.reason.startswith("uncertain: ")


def test_the_reason_names_cues() -> None:
    _, why = agent_of((AGENT, CUSTOMER), first=0, are_channels=True)
    assert any(label in why.reason for label, _ in CUES.values())


def test_every_cue_has_a_weight() -> None:
    assert set(CUES) == set(WEIGHTS)


@given(st.text(max_size=80), st.text(max_size=80), st.integers(0, 1))
def test_swapping_the_two_swaps_the_answer(one: str, two: str, first: int) -> None:
    agent, why = agent_of((one, two), first=first, are_channels=True)
    swapped, why_swapped = agent_of((two, one), first=1 - first, are_channels=True)
    assert why.confidence == why_swapped.confidence
    assert 0.5 <= why.confidence <= 1
    assert agent == 1 - swapped or why.confidence == 0.5


@given(st.text(max_size=80))
def test_no_cue_is_ever_less_than_nothing(text: str) -> None:
    assert all(strength >= 0 for strength in cues(text).values())
