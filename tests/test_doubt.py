"""Words that nobody said are dropped and counted; words that somebody may have said stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_review.base.span import Span
from qa_review.capture.doubt import bare, believed, loops, on_sound, without_echo, without_loops
from qa_review.capture.transcriber import Heard
from qa_review.capture.transcript import Dropped, Word


def words(text: str, *, start_ms: int = 0, each_ms: int = 300) -> list[Word]:
    """Words in a row, each as long as the next."""
    return [
        Word(word, Span(start_ms + i * each_ms, start_ms + (i + 1) * each_ms), 0.9)
        for i, word in enumerate(text.split())
    ]


def heard(
    text: str, *, no_speech: float = 0.01, logprob: float = -0.3, compression: float = 1.2
) -> Heard:
    return Heard(tuple(words(text)), no_speech, logprob, compression)


def text_of(found: list[Word]) -> str:
    return " ".join(word.text for word in found)


# --- inventions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        (heard("Good morning."), True),
        (heard("Thank you."), True),
        (heard("Thanks for watching!"), True),
        (heard("Bye.", no_speech=0.29), True),
        (heard("Thank you.", no_speech=0.31), False),
        (heard("Thank you.", logprob=-1.01), False),
        (heard("Thanks for watching!", no_speech=0.4), False),
        (heard("Please subscribe.", no_speech=0.4), False),
        (heard("Thank you for holding.", no_speech=0.4), True),
        (heard("My account is locked.", no_speech=0.9, logprob=-0.5), True),
        (heard("My account is locked.", no_speech=0.9, logprob=-1.1), False),
        (heard("My account is locked.", logprob=-1.7), False),
        (heard("My account is locked.", logprob=-1.5), True),
    ],
)
def test_a_piece_with_the_marks_of_an_invention_is_dropped(piece: Heard, kept: bool) -> None:
    found, dropped = believed([piece])
    assert (len(found), dropped) == (
        (len(piece.words), Dropped()) if kept else (0, Dropped(invented=len(piece.words)))
    )


def test_one_invention_costs_no_other_piece() -> None:
    found, dropped = believed([heard("hello there"), heard("you", no_speech=0.9), heard("yes")])
    assert text_of(found) == "hello there yes"
    assert dropped == Dropped(invented=1)


# --- loops -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("no no no no no", "no no no no no"),  # five times may be said
        ("no no no no no no", "no no"),  # six is a loop
        ("No, no. NO no, no? no!", "No, no."),  # whatever its marks and case
        ("bye bye now bye bye", "bye bye now bye bye"),
        ("one two one two one two", "one two one two one two"),
        ("one two one two one two one two", "one two one two"),
        ("I will call you " * 3, "I will call you I will call you"),
        ("a b c d e f g h i j k l " * 3, "a b c d e f g h i j k l " * 2),
        ("a b c d e f g h i j k l m " * 3, "a b c d e f g h i j k l m " * 3),
        ("x y z x y z x y", "x y z x y z x y"),
        ("", ""),
    ],
)
def test_a_phrase_that_repeats_without_end_is_cut_to_its_first_two_times(
    said: str, left: str
) -> None:
    assert text_of(without_loops(words(said))) == left.strip()


PHRASE = st.lists(st.sampled_from(["a", "b", "c."]), min_size=1, max_size=5)
LOOPING = st.lists(st.tuples(PHRASE, st.integers(1, 7)), max_size=9).map(
    lambda parts: [word for phrase, times in parts for word in phrase * times]
)


@given(LOOPING)
@settings(max_examples=500)
def test_cutting_loops_twice_cuts_no_more(said: list[str]) -> None:
    once = without_loops(words(" ".join(said)))
    assert without_loops(once) == once


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=60))
def test_cutting_loops_keeps_words_in_order_and_as_they_were(said: list[str]) -> None:
    whole = words(" ".join(said))
    left = without_loops(whole)
    rest = iter(whole)
    assert all(word in rest for word in left)


@given(st.lists(st.integers(0, 10_000), unique=True, max_size=60))
def test_words_that_never_repeat_are_never_cut(numbers: list[int]) -> None:
    said = words(" ".join(map(str, numbers)))
    assert without_loops(said) == said


def test_repeated_words_are_counted() -> None:
    found, dropped = believed([heard("go on " * 10)])
    assert text_of(found) == "go on go on"
    assert dropped == Dropped(repeated=16)  # 20 words, 4 kept


def test_a_word_that_is_one_syllable_over_and_over_is_dropped() -> None:
    piece = heard("well E-E-E-E-E-E-E-E-E-E-E-E-E then")
    assert loops(piece)
    assert text_of(believed([piece])[0]) == "well then"
    assert not loops(heard("internationalisation of telecommunications"))


@pytest.mark.parametrize(("compression", "is_loop"), [(2.4, False), (2.41, True)])
def test_text_that_shrinks_too_well_is_a_loop(compression: float, is_loop: bool) -> None:
    assert loops(heard("yes", compression=compression)) is is_loop


# --- no sound under a word ---------------------------------------------------------------------


def test_words_on_silence_are_dropped_and_counted() -> None:
    # a second of noise at -60 dB, a second of speech at -20, a second of noise
    loud = np.concatenate([np.full(50, -60.0), np.full(50, -20.0), np.full(50, -60.0)])
    said = [Word("a", Span(100, 400)), Word("b", Span(1_100, 1_400)), Word("c", Span(2_100, 2_900))]
    kept, dropped = on_sound(said, loud)
    assert text_of(kept) == "b"
    assert dropped == Dropped(no_speech=2)


def test_a_word_beyond_the_end_is_dropped() -> None:
    loud = np.concatenate([np.full(50, -60.0), np.full(50, -20.0)])
    assert on_sound([Word("a", Span(2_000, 2_100))], loud) == ([], Dropped(no_speech=1))


def test_without_sound_no_word_is_believed() -> None:
    assert on_sound(words("a b"), np.empty(0)) == ([], Dropped(no_speech=2))


def test_a_word_that_touches_sound_stays() -> None:
    loud = np.concatenate([np.full(50, -60.0), np.full(50, -20.0)])
    assert text_of(on_sound([Word("a", Span(500, 1_010))], loud)[0]) == "a"


# --- echoes ------------------------------------------------------------------------------------


QUIET, LOUD = np.full(200, -50.0), np.full(200, -20.0)


def test_what_the_other_channel_carries_louder_at_the_same_time_is_an_echo() -> None:
    said = words("can you hear me")
    assert without_echo(said, QUIET, said, LOUD) == ([], Dropped(bleed=4))
    assert without_echo(said, LOUD, said, QUIET) == (said, Dropped())


def test_the_same_words_later_are_no_echo() -> None:
    mine, theirs = words("can you hear me"), words("can you hear me", start_ms=900)
    assert without_echo(mine, QUIET, theirs, LOUD) == (mine, Dropped())


def test_other_words_are_no_echo() -> None:
    mine, theirs = words("one two three four"), words("can you hear me")
    assert without_echo(mine, QUIET, theirs, LOUD) == (mine, Dropped())


def test_one_shared_word_within_a_sentence_is_no_echo() -> None:
    mine, theirs = words("well yes I know"), words("hm yes fine then")
    assert without_echo(mine, QUIET, theirs, LOUD) == (mine, Dropped())


def test_one_shared_word_that_stands_alone_is_an_echo() -> None:
    said = [Word("yes", Span(1_000, 1_300))]
    assert without_echo(said, QUIET, said, LOUD) == ([], Dropped(bleed=1))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Thanks, for WATCHING!", "thanks for watching"),
        ("it's  5.30", "its 5 30"),
        ("—", ""),
        ("Zoë’s", "zoë s"),
    ],
)
def test_bare_text_has_letters_digits_and_single_spaces(text: str, left: str) -> None:
    assert bare(text) == left


def test_counts_add_up() -> None:
    assert Dropped(1, 2, 3, 4) + Dropped(10, 20, 30, 40) == Dropped(11, 22, 33, 44)
    assert Dropped(1, 2, 3, 4).total == 10
