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
    name: (label, re.compile("|".join(patterns)))
    for name, label, patterns in (
        (
            "greets",
            "greets as a company does",
            (
                r"(how|what) (can|may|could) i (help|assist|do for)",
                r"(welcome|through) to\b|you(ve| have) reached|what seems to be",
                r"thanks? (you )?(so much )?for (calling|contacting|ringing|phoning)",
                r"thanks? (you )?(so much )?for (holding|waiting|your patience|choosing)",
                r"\bspeaking( how|$)|my name is \w+ (how|what|can)",
            ),
        ),
        (
            "asks_identity",
            "asks who is calling",
            (
                r"(can|could|may|if) i (just |please |also )?"
                r"(take|have|get|grab|confirm) (your|the|a|you)",
                r"(whats|what is|what was|confirm|verify|provide|give me|tell me) \w* ?"
                r"(full |first |last |account |customer |order |booking |reference |policy )?"
                r"(name|post ?code|address|number|date of birth|email|surname|reference)\b",
                r"(name|post ?code|address|number|date of birth|reference) please",
                r"who am i (speaking|talking)|(first|second) line of|for security",
                r"and your (name|number|post ?code|date|email|address)",
            ),
        ),
        (
            "looks_up",
            "looks things up",
            (
                r"bear with|let me (just )?(check|see|have|look|pull|find|get|take|bring|ask)",
                r"(one|just a|a) (moment|second|sec|minute)( please)?\b|on hold",
                r"i can see|ive got (your|you) |on (the|my|our) system|looking at (your|the)",
                r"just (checking|looking|loading|pulling)",
                r"i need to (check|see|ask|take|look|speak)",
            ),
        ),
        (
            "acts",
            "says what they do for the caller",
            (
                r"i(ll| will| can| have|ve| am|m|d) (just |now |also |go ahead and )?"
                r"(book|booked|raise|raised|arrange|send|sent|put (you|that|this|in)|transfer|pass|"
                r"update|cancel|process|refund|issue|order|log|escalate|email|"
                r"set (it|that|you) up|reset|get an?|ask)",
                r"for you\b|we (can|could|do|dont|have|offer|will)\b",
                r"thats (all )?(booked|done|sent|ordered)",
                r"our (team|engineer|system|policy|department)",
                r"would you like (me|us)|do you (want|need) me",
                r"you(ll| will| should) (get|receive|have|see|hear)",
            ),
        ),
        (
            "closes",
            "closes the call",
            (
                r"anything else|have a (nice|good|great|lovely|wonderful)|youre (very )?welcome",
                r"glad (i|we|to)|happy to help|no problem at all",
            ),
        ),
        (
            "addresses",
            "speaks to the caller as a customer",
            (
                r"\byou(r| are|re)\b|\b(sir|madam|maam)\b|sorry (to hear|about that|for)",
                r"i (do )?(understand|apologi[sz]e)|\b(are|do|did|have|has|is|was|were) you\b",
            ),
        ),
        (
            "states_problem",
            "states a problem of their own",
            (
                r"i(m| am|ve been| was) (calling|ringing|phoning|trying|looking|having|getting)",
                r"i(m| am|ve been| was) (waiting|told)",
                r"i(d| would) like",
                r"i (want|got|had|have|paid|ordered|bought|received|think|thought)\b",
                r"(its|theres|it is|there is) (about|a problem|not|been)|i was wondering",
                r"(can|could) you (help|tell|check|please)|we(ve| have) got (no|a)|do that",
                r"not working|doesnt work|stopped|broken|went (off|down)|keeps \w+ing",
            ),
        ),
        (
            "own_things",
            "speaks of what is theirs",
            (
                r"\bmy (?!name|colleague|manager|system|screen|team|end\b|side|notes|supervisor|"
                r"pleasure|apolog)\w+",
                r"\bmine\b|\b(our|we) (house|flat|kids|children|bill|account)\b",
            ),
        ),
    )
}
WEIGHTS: Mapping[str, float] = {
    "greets": 0.85,
    "asks_identity": 1.34,
    "looks_up": 0.43,
    "acts": 1.64,
    "closes": 1.90,
    "addresses": 1.87,
    "states_problem": -0.86,
    "own_things": -2.24,
}
FIRST, LENGTH, OPENS = 0.34, 1.16, -1.70
"""for speaking first, for each factor e of words more, for opening with a problem of one's own"""
OPENING_WORDS = 30
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
    opens = _own_problem(texts[0]) - _own_problem(texts[1])
    total = sum(pulls.values()) + OPENS * opens
    if all(texts):  # one speaker alone is neither first nor longer
        total += LENGTH * longer + (FIRST if first == 0 else -FIRST)
    agent = 0 if total >= 0 else 1
    probability = 1 / (1 + math.exp(-min(abs(total), 30.0)))
    side = {name: pull if agent == 0 else -pull for name, pull in pulls.items()}
    reason = _in_words(side, first == agent)
    if probability < SURE:
        reason = f"uncertain: {reason}"
    return agent, AgentIs(reason, round(probability, 3), agent if are_channels else None)


def _own_problem(text: str) -> float:
    """How strongly the first words of ``text`` state a problem of the speaker's own."""
    opening = cues(" ".join(text.split()[:OPENING_WORDS]))
    return opening["states_problem"] + opening["own_things"]


def _in_words(side: Mapping[str, float], spoke_first: bool) -> str:
    """The strongest cues for the agent as a sentence."""
    for_agent = [name for name in sorted(side, key=lambda n: -side[n]) if side[name] > 0.3]
    said = [CUES[name][0] for name in for_agent if WEIGHTS[name] > 0][:3]
    not_said = [CUES[name][0] for name in for_agent if WEIGHTS[name] < 0][:1]
    parts = [", ".join(said)] if said else []
    parts += [f"the other {text}" for text in not_said]
    parts += ["speaks first"] if spoke_first else []
    return "; ".join(parts) or "speaks more"
