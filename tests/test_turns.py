"""Words become turns, and a quote is always something that was said."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from made_up import transcripts

from qa_review.base.errors import QuoteNotFound
from qa_review.base.span import Span
from qa_review.capture.channels import PAUSE_MS, SAME_TURN_MS, in_order, turns, utterances
from qa_review.capture.transcript import SPEAKERS, Speaker, Transcript, Turn, Word

SPAN = st.tuples(st.integers(0, 20_000), st.integers(1, 2_000)).map(lambda t: Span(t[0], sum(t)))
WORD = st.builds(Word, st.sampled_from(["yes", "no.", "well,"]), SPAN, st.just(0.5))
WORDS = st.lists(WORD, max_size=25)


def row(*words: tuple[str, int, int]) -> list[Word]:
    return [Word(text, Span(start, end), 0.9) for text, start, end in words]


# --- one speaker's words -----------------------------------------------------------------------


@given(WORDS)
def test_words_in_order_neither_overlap_nor_get_lost(words: list[Word]) -> None:
    ordered = in_order(words)
    assert sorted(w.text for w in ordered) == sorted(w.text for w in words)
    assert all(a.span.end_ms <= b.span.start_ms for a, b in pairwise(ordered))


def test_a_word_that_overlaps_the_next_is_cut_short() -> None:
    assert in_order(row(("a", 0, 500), ("b", 300, 800))) == row(("a", 0, 300), ("b", 300, 800))


def test_words_that_start_together_follow_each_other() -> None:
    # the first keeps 1 ms, the second starts after it
    assert in_order(row(("a", 100, 200), ("b", 100, 300))) == row(("a", 100, 101), ("b", 101, 300))


@pytest.mark.parametrize(("pause_ms", "parts"), [(PAUSE_MS, 1), (PAUSE_MS + 1, 2)])
def test_a_pause_longer_than_the_limit_ends_an_utterance(pause_ms: int, parts: int) -> None:
    assert len(utterances(row(("a", 0, 100), ("b", 100 + pause_ms, 1_000)))) == parts


def test_no_words_make_no_utterance_and_no_turn() -> None:
    assert utterances([]) == []
    assert turns({"agent": [], "customer": []}) == ()


# --- two speakers ------------------------------------------------------------------------------


@given(WORDS, WORDS)
def test_turns_are_sorted_and_each_speakers_are_apart(
    agent: list[Word], customer: list[Word]
) -> None:
    made = turns({"agent": agent, "customer": customer})
    starts = [turn.span.start_ms for turn in made if turn.span]
    assert starts == sorted(starts)
    for speaker in SPEAKERS:
        spans = [turn.span for turn in made if turn.speaker == speaker and turn.span]
        assert all(a.end_ms <= b.start_ms for a, b in pairwise(spans))


@given(WORDS, WORDS)
def test_turns_keep_every_word_with_its_speaker(agent: list[Word], customer: list[Word]) -> None:
    made = turns({"agent": agent, "customer": customer})
    said: dict[Speaker, list[Word]] = {"agent": agent, "customer": customer}
    for speaker, words in said.items():
        kept = [word.text for turn in made if turn.speaker == speaker for word in turn.words]
        assert sorted(kept) == sorted(word.text for word in words)
    assert all(turn.text == " ".join(word.text for word in turn.words) for turn in made)


def who(made: tuple[Turn, ...]) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in made]


def test_the_other_side_ends_a_turn() -> None:
    # agent     a b       c
    # customer       x
    agent = row(("a", 0, 300), ("b", 300, 600), ("c", 2_000, 2_300))
    customer = row(("x", 1_000, 1_300))
    assert who(turns({"agent": agent, "customer": customer})) == [
        ("agent", "a b"),
        ("customer", "x"),
        ("agent", "c"),
    ]


def test_a_back_channel_inside_an_utterance_does_not_cut_it() -> None:
    # agent     a b c d e
    # customer      x
    agent = row(("a", 0, 300), ("b", 400, 700), ("c", 800, 1_100), ("d", 1_200, 1_500))
    customer = row(("x", 500, 800))
    made = turns({"agent": agent, "customer": customer})
    assert who(made) == [("agent", "a b c d"), ("customer", "x")]
    assert made[0].span == Span(0, 1_500) and made[1].span == Span(500, 800)


@pytest.mark.parametrize(("silence_ms", "count"), [(SAME_TURN_MS, 1), (SAME_TURN_MS + 1, 2)])
def test_a_long_silence_of_the_same_speaker_starts_a_new_turn(silence_ms: int, count: int) -> None:
    agent = row(("a", 0, 300), ("b", 300 + silence_ms, 9_000))
    assert len(turns({"agent": agent, "customer": []})) == count


# --- turns and quotes --------------------------------------------------------------------------


def test_a_turn_covers_its_words() -> None:
    turn = Turn.of("agent", row(("Good", 100, 300), ("morning.", 350, 900)))
    assert (turn.text, turn.span) == ("Good morning.", Span(100, 900))


def test_a_speaker_is_one_of_three() -> None:
    with pytest.raises(ValueError, match="one of agent, customer, unknown, not 'Ada'"):
        Turn("Ada", "hello")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        (0, 4, Span(0, 300)),  # Good
        (5, 13, Span(400, 900)),  # morning.
        (2, 6, Span(0, 900)),  # "od m" touches both
        (4, 5, Span(0, 1_500)),  # the space between them: the whole turn
        (0, 21, Span(0, 1_500)),
    ],
)
def test_characters_lead_to_the_times_of_their_words(start: int, end: int, span: Span) -> None:
    turn = Turn.of(
        "agent", row(("Good", 0, 300), ("morning.", 400, 900), ("Welcome", 1_000, 1_500))
    )
    assert turn.span_of(start, end) == span


def test_a_turn_without_words_leads_to_its_own_time() -> None:
    assert Turn("agent", "hello", Span(5, 9)).span_of(0, 2) == Span(5, 9)
    assert Turn("agent", "hello").span_of(0, 2) is None


CALL = Transcript(
    "c-1",
    "en",
    (Turn("agent", "Good morning. How can I help?"), Turn("customer", "I need HELP, good grief.")),
)


@pytest.mark.parametrize(
    ("words", "speaker", "turn", "text"),
    [
        ("how can i help", None, 0, "How can I help"),
        ("help", None, 0, "help"),
        ("help", "customer", 1, "HELP"),
        (" good grief. ", None, 1, "good grief."),
    ],
)
def test_words_are_located_letter_for_letter_but_for_case(
    words: str, speaker: Speaker | None, turn: int, text: str
) -> None:
    quote = CALL.locate(words, speaker=speaker)
    assert (quote.turn, quote.text) == (turn, text)
    assert CALL.turns[turn].text[quote.start : quote.end] == text


@pytest.mark.parametrize(
    ("words", "speaker"),
    [
        ("", None),
        ("  ", None),
        ("how may I help", None),
        ("grief", "agent"),
        ("help? I need", None),
    ],
)
def test_words_that_nobody_said_are_no_quote(words: str, speaker: Speaker | None) -> None:
    with pytest.raises(QuoteNotFound, match="nobody on c-1 said"):
        CALL.locate(words, speaker=speaker)


@pytest.mark.parametrize(("turn", "start", "end"), [(2, 0, 1), (-1, 0, 1), (0, 3, 3), (0, 0, 99)])
def test_a_place_that_isnt_in_the_call_is_no_quote(turn: int, start: int, end: int) -> None:
    with pytest.raises(QuoteNotFound, match="c-1"):
        CALL.quote(turn, start, end)


@given(transcripts(plain=True), st.data())
def test_every_quote_is_verbatim_and_within_its_turn(call: Transcript, data: Any) -> None:
    number = data.draw(st.integers(0, len(call.turns) - 1))
    said = call.turns[number]
    start = data.draw(st.integers(0, len(said.text) - 1))
    end = data.draw(st.integers(start + 1, len(said.text)))
    quote = call.quote(number, start, end)
    assert quote.text == said.text[start:end]
    if said.span is None:
        assert quote.span is None
    else:
        assert quote.span and quote.span | said.span == said.span


@given(transcripts(plain=True), st.data())
def test_whatever_was_said_is_located_verbatim(call: Transcript, data: Any) -> None:
    said = data.draw(st.sampled_from(call.turns)).text
    start = data.draw(st.integers(0, len(said) - 1))
    words = said[start : start + 12].strip()
    assume(words)
    quote = call.locate(words)
    assert quote.text == call.turns[quote.turn].text[quote.start : quote.end]
    assert re.fullmatch(re.escape(words), quote.text, re.IGNORECASE)


@pytest.mark.parametrize("text", ["İ İ İ need", "Straße 5 need", "ﬁne I need"])
def test_letters_that_change_length_with_case_do_not_move_a_quote(text: str) -> None:
    call = Transcript("c", "en", (Turn("customer", text),))
    assert call.locate("NEED").text == "need"


def test_a_transcript_is_timed_when_every_turn_is() -> None:
    timed, untimed = Turn("agent", "a", Span(0, 1)), Turn("agent", "b")
    assert Transcript("c", "en", (timed,)).timed
    assert not Transcript("c", "en", (timed, untimed)).timed
    assert not Transcript("c", "en", ()).timed


def test_a_transcript_counts_its_words_and_knows_who_said_what() -> None:
    assert CALL.words == 11  # 6 and 5
    assert [number for number, _ in CALL.said_by("customer")] == [1]
