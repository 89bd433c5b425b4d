"""Which of two speakers is the agent, decided from what they say.

Agents greet with a company, ask who is calling, speak of what they look up and do, and close the
call; customers state a problem in the first person. Each speaker's words are counted for such
cues; a logistic model turns the difference into a probability. Its weights were fitted on labelled
two-person dialogues (customer service by phone and chat, desks, consultations).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from qa_review.capture.transcript import AgentIs

CUES: Mapping[str, tuple[str, re.Pattern[str]]] = {
    name: (label, re.compile(pattern))
    for name, label, pattern in (
        (
            "greets",
            "greets as a company does",
            r"how (can|may|could) i (help|assist)|what can i (do|help)|(welcome|through) to\b|"
            r"thanks? (you )?(so much )?for (calling|contacting|ringing|phoning|holding|waiting|your patience)|"
            r"you(ve| have) reached|\bspeaking( how|$)|my name is \w+ (how|what|can)|how can i|what seems to be",
        ),
        (
            "asks_identity",
            "asks who is calling",
            r"(can|could|may|if) i (just |please |also )?(take|have|get|grab|confirm|ask for) (your|the|a|you)|"
            r"(whats|what is|what was|confirm|verify|provide|give me|tell me) (me )?(your|the) (full |first |last |"
            r"account |customer |order |booking |reference |policy |phone |card )?(name|post ?code|address|number|"
            r"date of birth|email|surname|reference)|who am i (speaking|talking)|(first|second) line of|"
            r"and your (name|number|post ?code|date|email|address)|for security",
        ),
        (
            "looks_up",
            "looks things up",
            r"bear with|let me (just )?(check|see|have a look|look|pull|find|get|take a look|bring)|"
            r"(one|just a|a) (moment|second|sec|minute)( please)?\b|i can see|ive got (your|you) |"
            r"on (the|my|our) system|looking at (your|the)|just (checking|looking|loading|pulling)",
        ),
        (
            "acts",
            "says what they do for the caller",
            r"i(ll| will| can| have|ve| am|m) (just |now |also |go ahead and )?(book|booked|raise|raised|arrange|"
            r"send|sent|put (you|that|this|in)|transfer|pass|update|cancel|process|refund|issue|order|log|escalate|"
            r"email|set (it|that|you) up|reset)|for you\b|we (can|could|do|dont|have|offer|will)\b|"
            r"our (team|engineer|system|policy|department)|would you like (me|us)|do you (want|need) me",
        ),
        (
            "closes",
            "closes the call",
            r"anything else|have a (nice|good|great|lovely|wonderful)|thank you for (calling|choosing)|"
            r"youre (very )?welcome|glad (i|we|to)|happy to help|no problem at all",
        ),
        (
            "addresses",
            "speaks to the caller as a customer",
            r"\byou(r| are|re)\b|\b(sir|madam|maam)\b|sorry (to hear|about that|for)|i (do )?(understand|apologi[sz]e)|"
            r"\b(are|do|did|have|has|is|was|were) you\b",
        ),
        (
            "states_problem",
            "states a problem of their own",
            r"i(m| am|ve been| was) (calling|ringing|phoning|trying|looking|having|getting|waiting|told)|"
            r"i(d| would) like|i (want|need|got|had|have|paid|ordered|bought|received|cant|couldnt|think|dont)\b|"
            r"(its|theres|it is|there is) (about|a problem|not|been)|i was wondering|(can|could) you (help|tell|check)",
        ),
        (
            "own_things",
            "speaks of what is theirs",
            r"\bmy (bill|account|order|card|broadband|internet|phone|husband|wife|son|daughter|mum|dad|house|flat|"
            r"car|parcel|bank|address|name|number|booking|money|doctor|landlord|post ?code|email|contract)\b|\bmine\b",
        ),
    )
}
WEIGHTS: Mapping[str, float] = {
    "greets": 1.08,
    "asks_identity": 1.81,
    "looks_up": 0.50,
    "acts": 1.75,
    "closes": 1.92,
    "addresses": 1.74,
    "states_problem": -1.88,
    "own_things": -1.70,
}
FIRST, LENGTH = 0.56, 1.52
"""for speaking first, and for each factor e of words more"""
SURE = 0.75
"""below this the decision is reported as uncertain"""


def cues(text: str) -> dict[str, float]:
    """How strongly each cue sounds in ``text``: its count on a log scale."""
    said = re.sub(r"[^\w\s]", "", text.lower())
    return {name: math.log1p(len(pattern.findall(said))) for name, (_, pattern) in CUES.items()}


def agent_of(texts: Sequence[str], *, first: int, are_channels: bool) -> tuple[int, AgentIs]:
    """Which of two speakers is the agent, and why.

    Args:
        texts: all that each of the two said.
        first: 0 or 1, who spoke first.
        are_channels: whether the two are channels of the recording.

    Returns:
        0 or 1, and the reason with its probability in [0.5, 1]; below :data:`SURE` the reason
        says that it is uncertain.
    """
    one, two = (cues(text) for text in texts)
    pulls = {name: WEIGHTS[name] * (one[name] - two[name]) for name in WEIGHTS}
    longer = math.log((1 + len(texts[0].split())) / (1 + len(texts[1].split())))
    total = sum(pulls.values()) + LENGTH * longer + (FIRST if first == 0 else -FIRST)
    agent = 0 if total >= 0 else 1
    probability = 1 / (1 + math.exp(-min(abs(total), 30.0)))
    side = {name: pull if agent == 0 else -pull for name, pull in pulls.items()}
    reason = _in_words(side, first == agent)
    if probability < SURE:
        reason = f"uncertain: {reason}"
    return agent, AgentIs(reason, round(probability, 3), agent if are_channels else None)


def _in_words(side: Mapping[str, float], spoke_first: bool) -> str:
    """The strongest cues for the agent as a sentence."""
    for_agent = [name for name in sorted(side, key=lambda n: -side[n]) if side[name] > 0.3]
    said = [CUES[name][0] for name in for_agent if WEIGHTS[name] > 0][:3]
    not_said = [CUES[name][0] for name in for_agent if WEIGHTS[name] < 0][:1]
    parts = [", ".join(said)] if said else []
    parts += [f"the other {text}" for text in not_said]
    parts += ["speaks first"] if spoke_first else []
    return "; ".join(parts) or "speaks more"
