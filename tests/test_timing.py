"""Timing: what the clock shows. Each call is drawn as a time line, seconds in the margin."""

from pathlib import Path

import pytest

from qa_review.base.records import MadeBy
from qa_review.base.span import Span
from qa_review.capture.transcript import AgentIs, Transcript, Turn, Word
from qa_review.grade.examples import transcript_of
from qa_review.grade.rubric import Example, load
from qa_review.grade.timing import TimingFinder, measure

RUBRIC = load(Path(__file__).resolve().parents[1] / "rubrics" / "behaviours.v1.toml")
FINDER = TimingFinder(RUBRIC)


def call(*lines: str) -> Transcript:
    return transcript_of(Example(timed=lines))


def found(transcript: Transcript) -> list[str]:
    return [hit.indicator for hit in FINDER.hits(transcript)]


LONG = "and then the other man came round and he said that the"
ASKS = "can i take the number of your account please"


@pytest.mark.parametrize(
    "lines, wanted",
    [
        # customer ======....   agent ....======
        pytest.param((f"customer 0.0-4.0 {LONG}", f"agent 3.0-6.0 {ASKS}"), ["interrupts"],
                     id="starts a second before the customer gives way"),
        # customer ==========   agent ...====...
        pytest.param((f"customer 0.0-8.0 {LONG}", f"agent 3.0-5.0 {ASKS}"), ["talks_over"],
                     id="the customer goes on"),
        pytest.param((f"customer 0.0-4.0 {LONG}", "agent 3.0-3.6 oh right okay"), [],
                     id="three words are a backchannel"),
        pytest.param((f"customer 0.0-4.0 {LONG}", f"agent 4.0-6.0 {ASKS}"), [],
                     id="touching is not speaking over"),
        pytest.param((f"customer 0.0-4.0 {LONG}", f"agent 3.7-6.0 {ASKS}"), [],
                     id="0.3 s is below the limit"),
        pytest.param((f"customer 0.0-4.0 {LONG}.", f"agent 3.5-6.0 {ASKS}"), ["talks_over"],
                     id="the customer's sentence was at its end"),
        pytest.param((f"agent 0.0-5.0 {ASKS}", f"customer 3.0-6.0 {LONG}"), [],
                     id="the customer interrupts"),
        pytest.param(("customer 0.0-2.0 hello is it", f"agent 1.0-4.0 {ASKS}"), [],
                     id="the customer had said three words"),
        pytest.param((f"customer 0.0-4.0 {LONG}", f"agent 5.0-7.0 {ASKS}"), [], id="apart"),
        pytest.param((f"agent 0.0-2.0 {ASKS}", "customer 18.0-19.0 four four"), ["long_silence"],
                     id="sixteen seconds of silence"),
        pytest.param((f"agent 0.0-2.0 {ASKS}", "customer 17.0-19.0 four four"), [],
                     id="exactly fifteen seconds"),
        pytest.param(("agent 0.0-2.0 just one moment", "agent 40.0-41.0 thanks"), [],
                     id="an explained silence"),
        pytest.param(("agent 0.0-60.5 one two three",), ["monologue"], id="over a minute"),
        pytest.param(("agent 0.0-60.0 one two three",), [], id="exactly a minute"),
        pytest.param(("agent 0.0-40.0 one", "customer 40.0-41.0 mm", "agent 41.0-70.0 two"),
                     ["monologue"], id="a sign of listening doesn't end it"),
        pytest.param(("agent 0.0-40.0 one", "customer 40.0-42.0 can i ask", "agent 42.0-70.0 two"),
                     [], id="a question ends it"),
    ],
)  # fmt: skip
def test_events_of_the_clock(lines: tuple[str, ...], wanted: list[str]) -> None:
    assert found(call(*lines)) == wanted


def test_one_channel_tells_nothing_about_speaking_over() -> None:
    two = call(f"customer 0.0-4.0 {LONG}", f"agent 3.0-6.0 {ASKS}")
    heard = MadeBy("whisper", "1")
    one = Transcript("c", "en", two.turns, heard, agent_is=AgentIs("told by voice", 0.8))
    assert found(one) == []
    timing = measure(one)
    assert timing is not None
    assert timing.overlap_ms is None and timing.interruptions is None


def test_the_quote_is_the_turn_that_interrupts_and_the_note_says_for_how_long() -> None:
    (piece,) = FINDER.find(call(f"customer 0.0-4.0 {LONG}", f"agent 2.8-6.0 {ASKS}"))
    assert piece.quote.text == ASKS
    assert piece.stance == "against" and piece.behaviour == "listening"
    assert piece.note == "spoke over the customer for 1.2 s"


def test_a_written_dialogue_has_no_timing() -> None:
    written = Transcript("c", "en", (Turn("agent", "hello"), Turn("customer", "hi")))
    assert measure(written) is None
    assert FINDER.find(written) == ()


def test_the_figures_of_a_call() -> None:
    # agent 0-4, customer 5-9, agent 10-12 of 20 s: 10 s of speech, 6 of it the agent's
    timing = measure(
        call("agent 0.0-4.0 a b c d", "customer 5.0-9.0 e f g h", "agent 10.0-12.0 i j")
    )
    assert timing is not None
    assert timing.duration_ms == 12_000
    assert timing.agent_talk_share == 6 / 10
    assert timing.silence_share == pytest.approx(2 / 12)
    assert (timing.longest_silence_ms, timing.silences) == (1_000, 0)
    assert (timing.overlap_ms, timing.interruptions) == (0, 0)
    assert timing.response_ms == 1_000
    assert timing.longest_monologue_ms == 4_000
    assert timing.agent_words_per_minute == 6 / (6 / 60)


def test_one_speaker_has_no_share_and_no_latency() -> None:
    timing = measure(call("customer 0.0-4.0 is anybody there"))
    assert timing is not None
    assert timing.agent_talk_share is None and timing.response_ms is None
    assert timing.agent_words_per_minute is None and timing.longest_monologue_ms == 0


def test_a_pause_inside_a_turn_is_seen_in_its_words() -> None:
    words = (Word("so", Span(0, 500)), Word("right", Span(20_500, 21_000)))
    timing = measure(Transcript("c", "en", (Turn.of("agent", words),)))
    assert timing is not None
    assert timing.longest_silence_ms == 20_000
