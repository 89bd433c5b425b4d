"""From evidence to levels: N/A, steps, length, reasons, the overall figure."""

from dataclasses import replace
from pathlib import Path

import pytest

from qa_review.base.records import dumps
from qa_review.capture.transcript import AgentIs, Transcript, Turn
from qa_review.grade.evidence import Evidence
from qa_review.grade.finders import finders
from qa_review.grade.rubric import Rubric, load
from qa_review.grade.rules import RuleScorer, overall
from qa_review.grade.scores import Score

RUBRICS = Path(__file__).resolve().parents[1] / "rubrics"
RUBRIC = load(RUBRICS / "behaviours.v1.toml")
FINDERS = finders(RUBRIC)
OTHER = load(RUBRICS / "leader_craft.v1.toml")
OTHERS = finders(OTHER)
SCORER = RuleScorer(RUBRIC)

GOOD = """
a: Hello, you're through to Larch Lane Heating, this is Moira. How can I help?
c: The heater gave up late on Sunday and I've a newborn here, I'm at my wits' end.
a: Oh no, with a newborn that must be really frightening. So it gave up late on Sunday. \
What happened just before?
c: It clicked twice and then nothing. It did that in March too.
a: You said it clicked twice, is the light still on when it clicks?
c: It flashes red.
a: I can see here you rang in March and we closed that visit, and that was our mistake, we \
should have come back. Is there anybody else at home with you?
c: Just me till Thursday.
a: So what you really need is a warm room tonight, have I got that right?
c: Exactly, yes.
a: What I can do is have Tomas with you between six and eight tonight. I'll ring you \
myself at nine to make sure it held. Does that work for you?
c: It does, thank you.
a: I've booked him now and I'm raising that with the planning team so nobody else has it \
closed too soon. Thank you for telling me about March. Has that sorted it for tonight, is \
there anything else?
c: No, that's everything.
"""
POOR = """
a: name
c: it's about my order, the lamp came broken and this is the second time it has come to me \
like this and
a: order number
c: I already said, 4471, and I asked whether
a: you should have read the conditions it's company policy
c: but I rang last week and you said it would be replaced
a: that's not my department you'll have to ring the courier
c: so what happens now, nobody has told me anything at all and I've taken two mornings off \
work for this
a: someone will be in touch there's nothing I can do
c: that's not what I asked
a: bye
"""


def spoken(script: str) -> Transcript:
    lines = [line.split(": ", 1) for line in script.strip().splitlines()]
    return Transcript(
        "c",
        "en",
        tuple(Turn("agent" if who == "a" else "customer", text) for who, text in lines),
    )


def scored(transcript: Transcript, rubric: Rubric = RUBRIC) -> dict[str, Score]:
    used = FINDERS if rubric is RUBRIC else OTHERS
    evidence = [e for finder in used for e in finder.find(transcript)]
    return {s.behaviour: s for s in RuleScorer(rubric).score(transcript, evidence, None)}


def test_a_good_call_scores_high_and_a_poor_one_low() -> None:
    good, poor = scored(spoken(GOOD)), scored(spoken(POOR))
    assert all((s.level or 0) >= 4 for s in good.values()), {k: s.level for k, s in good.items()}
    assert all((s.level or 9) <= 2 for s in poor.values()), {k: s.level for k, s in poor.items()}


def test_lower_case_without_punctuation_scores_about_the_same() -> None:
    bare = "".join(c for c in GOOD.lower() if c not in ".,?!'").replace("youve", "you've")
    good, plain = scored(spoken(GOOD)), scored(spoken(bare))
    assert all(abs((good[b].level or 0) - (plain[b].level or 0)) <= 1 for b in good)


def test_the_same_call_gives_the_same_bytes() -> None:
    assert dumps(list(scored(spoken(GOOD)).values())) == dumps(list(scored(spoken(GOOD)).values()))


def test_every_score_carries_its_own_quotes_and_a_reason() -> None:
    for name, score in scored(spoken(GOOD)).items():
        assert score.reason.startswith("The agent ") and score.reason.endswith(".")
        assert score.evidence and all(e.behaviour == name for e in score.evidence)
        assert 0 <= score.confidence <= 1


def test_a_reason_below_five_says_what_the_next_level_asks_for() -> None:
    for score in scored(spoken(POOR)).values():
        assert score.level is not None and f" A {score.level + 1} asks for " in score.reason


@pytest.mark.parametrize(
    "script",
    [
        "a: Hello, how can I help?",
        "c: Sorry, wrong number.\na: No problem.",
        "a: Morning, Elm Heating.\nc: Is that the florist on the high street?\n"
        "a: No, this is Elm Heating, I'm afraid.\nc: Oh, I've got the wrong number. Bye.",
    ],
)
def test_without_opportunity_there_is_no_level(script: str) -> None:
    scores = scored(spoken(script))
    assert {s.level for s in scores.values()} == {None}
    assert all(s.why_none for s in scores.values())
    assert overall(RUBRIC, tuple(scores.values())).value is None


def test_without_a_known_agent_the_reason_says_so() -> None:
    call = spoken(GOOD)
    hidden = replace(call, turns=tuple(replace(t, speaker="unknown") for t in call.turns))
    assert {s.why_none for s in SCORER.score(hidden, [], None)} == {
        "It could not be told which speaker is the agent."
    }


def test_a_short_request_is_an_opportunity() -> None:
    scores = scored(spoken("c: My heating is broken.\na: You'll have to ring somebody else."))
    assert all(s.level is not None for s in scores.values())


def test_a_missed_opportunity_is_low_and_not_left_out() -> None:
    script = "c: My card was stolen on the train and I'm frightened.\na: Okay.\n" * 4
    scores = scored(spoken(script))
    assert all(s.level is not None and s.level <= 3 for s in scores.values())


def test_turns_of_an_unknown_speaker_carry_no_evidence() -> None:
    call = spoken(GOOD)
    hidden = replace(call, turns=tuple(replace(t, speaker="unknown") for t in call.turns[:8]))
    both = replace(call, turns=hidden.turns + call.turns[8:])
    evidence = [e for finder in FINDERS for e in finder.find(call)]
    kept = [e for s in SCORER.score(both, evidence, None) for e in s.evidence]
    assert kept and all(both.turns[e.quote.turn].speaker == "agent" for e in kept)


def test_doubt_about_who_the_agent_is_lowers_the_confidence() -> None:
    sure = spoken(GOOD)
    unsure = replace(sure, agent_is=AgentIs("by what was said", 0.5))
    first, second = scored(sure), scored(unsure)
    assert all(second[b].confidence == pytest.approx(first[b].confidence / 2) for b in first)


def test_a_step_without_its_evidence_is_not_given() -> None:
    behaviour = RUBRIC.behaviour("listening")
    eager = replace(behaviour, start=4.0)
    level, held = SCORER.level(eager, SCORER.found(eager, [], 8))
    assert level == 3 and held is not None and held.level == 4


def test_the_overall_figure_is_the_weighted_mean_of_what_was_observed() -> None:
    scores = (
        Score("listening", 5, 1, "r"),
        Score("ownership", 2, 1, "r"),
        Score("learning", None, 1, "r", "none"),
    )
    # 100 * (mean of 5 and 2, less 1) / 4
    assert overall(RUBRIC, scores).value == pytest.approx(100 * 2.5 / 4)
    heavy = tuple(replace(b, weight=3.0) if b.id == "listening" else b for b in RUBRIC.behaviours)
    # (3*5 + 1*2) / 4 = 4.25
    weighted = overall(replace(RUBRIC, behaviours=heavy), scores)
    assert weighted.value == pytest.approx(100 * 3.25 / 4)


def test_a_critical_failure_caps_the_overall_figure_and_says_so() -> None:
    failure = RUBRIC.critical[0]
    transcript = Transcript("c", "en", tuple(Turn("agent", f"turn {n}") for n in range(9)))
    pieces = tuple(
        Evidence(
            "expectation_setting", failure.indicator, "against", transcript.quote(n, 0, 4), "t"
        )
        for n in range(failure.at_least)
    )
    result = overall(RUBRIC, (Score("expectation_setting", 5, 1, "r", None, pieces),))
    assert (result.value, result.capped) == (failure.cap, failure.reason)
    fewer = overall(RUBRIC, (Score("expectation_setting", 5, 1, "r", None, pieces[1:]),))
    assert (fewer.value, fewer.capped) == (100, "")


def test_another_rubric_works_by_the_same_code() -> None:
    talk = spoken(
        "a: Hi Priya, how has your week been?\n"
        "c: Long. I had that call about the two refunds and I have been turning it over since.\n"
        "a: You mentioned the two refunds, that must have been tiring. Let's listen to the start.\n"
        "c: All right. I think I went too fast at the beginning there.\n"
        "a: What do you think made you hurry? I really liked how you let her finish.\n"
        "c: The queue was red and I felt it behind me.\n"
        "a: I'll speak to planning about the board. Shall we look again on Friday at ten?\n"
        "c: Yes please."
    )
    scores = scored(talk, OTHER)
    assert list(scores) == ["connect", "recognise", "analyse", "follow_up", "talk"]
    assert all((s.level or 0) >= 3 for s in scores.values())
