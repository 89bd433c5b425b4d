"""Whether a call held anything to be judged on: N/A is a missing opportunity, not a missed one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Behaviour, Rubric
from qa_review.grade.vocabulary import SETTINGS
from qa_review.grade.words import BREAK, words_of

SHORT_TURNS = 6
"""A call that went on for longer was not over before it began."""
_WRONG = re.compile(
    r"\bwrong (?:number|window|chat)\b|\bmis ?diall?ed\b"
    r"|\b(?:mixed up|wrote down) the (?:wrong )?numbers?\b"
)
_LOST = re.compile(
    r"\b(?:lost|losing) (?:you|him|her|them)\b|\bbreaking up\b|\bcan ?not hear you\b"
    r"|\bhello are you (?:still )?there\b"
)


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many words were said in each turn of either side."""

    agent: tuple[int, ...]
    customer: tuple[int, ...]

    @classmethod
    def of(cls, transcript: Transcript) -> Lengths:
        agent, customer = (
            tuple(
                sum(word != BREAK for word in words_of(turn.text).words)
                for _, turn in transcript.said_by(speaker)
            )
            for speaker in ("agent", "customer")
        )
        return cls(agent, customer)


def no_call(transcript: Transcript, rubric: Rubric) -> str:
    """Why nothing can be observed in this call at all; ``""`` when something can."""
    speakers = {turn.speaker for turn in transcript.turns if turn.text}
    if speakers == {"unknown"}:
        return "It could not be told which speaker is the agent."
    words = sum(len(turn.text.split()) for turn in transcript.turns)
    most = SETTINGS["scoring"]["wrong_call_words"]
    if words > rubric.setting("scoring.wrong_call_words", most):
        return ""
    customer, agent = (
        " ".join(" ".join(words_of(turn.text).words) for _, turn in transcript.said_by(side))
        for side in ("customer", "agent")
    )
    listed = rubric.lists.get("wrong_call", ())
    if any(phrase in customer for phrase in listed) or _WRONG.search(customer):
        return "The call was a wrong number, over before there was anything to do."
    if "wrong number" in agent and len(transcript.turns) <= SHORT_TURNS:
        return "The call was a wrong number, over before there was anything to do."
    if _LOST.search(agent) and len(transcript.turns) <= SHORT_TURNS:
        return "The line was lost before there was anything to do."
    return ""


def had_opportunity(behaviour: Behaviour, said: Lengths) -> bool:
    """Whether enough was said on both sides for this behaviour to be judged."""
    wanted = behaviour.opportunity
    return (
        len(said.agent) >= wanted.agent_turns
        and len(said.customer) >= wanted.customer_turns
        and sum(said.agent) >= wanted.agent_words
        and sum(said.customer) >= wanted.customer_words
    )
