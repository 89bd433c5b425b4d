"""The time that friction costs: silence after a phrase, filler within it, and the sample calls."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.resources import folder
from qa_review.base.span import Span
from qa_review.capture.transcript import Transcript, Turn, Word
from qa_review.grade.friction import find_friction, lost_ms

SAMPLES = folder("sample_calls")
SIDES = {"a": "agent", "c": "customer"}
WORD_MS = 300


def call(*lines: tuple[float, str]) -> Transcript:
    """A timed call: when each turn starts in seconds, and ``"a: words"``.

    Words are 300 ms each, one after the other; ``"~2"`` in the text is a pause of 2 s.
    """
    turns = []
    for start, line in lines:
        at, words = round(start * 1000), []
        for word in line[3:].split():
            if word.startswith("~"):
                at += round(float(word[1:]) * 1000)
                continue
            words.append(Word(word, Span(at, at + WORD_MS)))
            at += WORD_MS
        turns.append(Turn.of(SIDES[line[0]], words))
    return Transcript("call", "en", tuple(turns))


def found(*lines: tuple[float, str]) -> list[tuple[str, int | None]]:
    return [(one.kind, one.lost_ms) for one in find_friction(call(*lines))]


def test_a_wait_is_the_silence_after_its_phrase() -> None:
    """Three words end at 0.9 s; the agent is back at 8 s."""
    lines = ((0, "a: Bear with me."), (8, "a: Right, it was sent on Monday."))
    assert found(*lines) == [("look-up", 7_100)]


def test_a_pause_inside_the_agents_turn_is_a_wait_too() -> None:
    assert found((0, "a: One moment. ~6 That's cancelled for you now.")) == [("look-up", 6_000)]


def test_going_straight_on_costs_nothing() -> None:
    lines = ((0, "a: Bear with me."), (1, "a: It was sent on Monday."), (3, "c: Thank you."))
    assert found(*lines) == [("look-up", 0)]


def test_filler_and_a_few_words_of_the_customer_belong_to_the_wait() -> None:
    """From 1.5 s (the hold is announced) to 30 s, with "still loading" and "okay" in between."""
    lines = (
        (0, "a: I'll put you on hold."), (2, "c: Okay."), (10, "a: Still loading."),
        (18, "c: No problem."), (30, "a: So your refund went out on Monday then."),
    )  # fmt: skip
    assert found(*lines) == [("hold", 30_000 - 2_300)]  # from the end of "Okay." at 2.3 s


def test_a_wait_ends_when_the_agent_is_back() -> None:
    lines = (
        (0, "a: Hold the line please."), (9, "a: Thanks for holding."),
        (14, "a: So it was posted on Monday as you said."),
    )  # fmt: skip
    assert found(*lines) == [("hold", 9_000 - 1_500 + 300)]  # five words end at 1.2 s


def test_the_matter_going_on_ends_a_wait() -> None:
    lines = (
        (0, "a: Bear with me."), (6, "a: The driver came at nine and nobody was there to sign."),
        (14, "c: I was in all day."), (20, "a: I see."),
    )  # fmt: skip
    assert found(*lines) == [("look-up", 5_100)]


def test_a_customer_who_thinks_about_a_question_is_not_kept_waiting() -> None:
    lines = (
        (0, "a: Bear with me. What's the number?"),
        (5, "c: It's 44."),
        (6.2, "a: Right then."),
    )
    assert found(*lines) == [("look-up", 0)]


def test_looking_counts_only_when_it_takes_a_while() -> None:
    """ "Let me check that order" ends at 1.5 s."""
    long = ((0, "a: Let me check that order."), (7, "a: It was sent on Monday."))
    short = ((0, "a: Let me check that order."), (4, "a: It was sent on Monday."))
    assert found(*long) == [("silence", 5_500)] and found(*short) == []


@pytest.mark.parametrize(("gap", "kinds"), [(9.9, []), (10.1, ["silence"])])
def test_a_long_silence_needs_no_phrase(gap: float, kinds: list[str]) -> None:
    lines = ((0, "c: It came broken."), (0.9 + gap, "a: I see that it did."))
    assert [kind for kind, _ in found(*lines)] == kinds


def test_a_silence_that_a_wait_explains_is_not_told_twice() -> None:
    lines = ((0, "a: Let me see. Bear with me."), (30, "a: It was sent on Monday."))
    assert [kind for kind, _ in found(*lines)] == ["look-up"]


def test_a_repeat_lasts_from_the_asking_to_the_answers_end() -> None:
    """The asking begins at 10 s, the answer of four words ends at 13.2 s."""
    lines = (
        (0, "c: It's order 44712, and it never came."), (10, "a: What's the order number?"),
        (12, "c: It's order number 44712."),
    )  # fmt: skip
    assert found(*lines) == [("repeat", 3_200)]


def test_turns_without_word_times_use_their_own() -> None:
    turns = (
        Turn("agent", "I'll put you on hold.", Span(0, 2_000)),
        Turn("agent", "Thanks for waiting, it's done.", Span(20_000, 23_000)),
    )
    (one,) = find_friction(Transcript("call", "en", turns))
    assert (one.kind, one.lost_ms) == ("hold", 18_000)


def spoken() -> dict[str, Transcript]:
    calls = {}
    for line in (SAMPLES / "references.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        turns = tuple(
            Turn(turn["speaker"], turn["text"], Span(turn["start_ms"], turn["end_ms"]))
            for turn in one["turns"]
        )
        calls[one["id"]] = Transcript(one["id"], "en", turns)
    return calls


def planted(name: str) -> dict[int, int]:
    """The silences of 4 s or more that a script plants, by the turn before them."""
    (path,) = (SAMPLES / "scripts").glob(f"*-{name}.toml")
    lines = tomllib.loads(path.read_text(encoding="utf-8"))["lines"]
    waits = {
        at - 1: line.get("hold_ms") or line.get("pause_ms", 0) for at, line in enumerate(lines)
    }
    return {at: wait for at, wait in waits.items() if wait >= 4_000}


@pytest.mark.parametrize("name", sorted(spoken()))
def test_every_wait_planted_in_the_sample_calls_is_found_and_none_else(name: str) -> None:
    """Within a second of what the script says, and no later than a turn of "that's all right"."""
    wanted = planted(name)
    waits = [one for one in find_friction(spoken()[name]) if one.kind != "repeat"]
    assert sum(one.lost_ms or 0 for one in waits) == pytest.approx(sum(wanted.values()), abs=1_500)
    assert len(waits) == len(wanted)
    for one, turn in zip(waits, wanted, strict=True):
        assert turn - 1 <= one.quote.turn <= turn


LINES = st.lists(
    st.tuples(
        st.sampled_from("ac"),
        st.lists(
            st.sampled_from("bear with me hold the line ~3 ~12 still loading thanks yes ?".split()),
            max_size=8,
        ),
        st.floats(0, 20),
    ),
    max_size=8,
)


@given(LINES)
def test_no_more_is_lost_than_there_is(lines: list[tuple[str, list[str], float]]) -> None:
    at, made = 0.0, []
    for side, words, gap in lines:
        made.append((at, f"{side}: well {' '.join(words)}"))
        at += gap + 0.3 * (len(words) + 1) + sum(float(w[1:]) for w in words if w[0] == "~")
    if not made:
        return
    heard = call(*made)
    frictions = find_friction(heard)
    total = lost_ms(frictions)
    end = max(turn.span.end_ms for turn in heard.turns if turn.span)
    assert total is not None and 0 <= total <= end
    assert all(one.lost is None or one.lost.length_ms == one.lost_ms for one in frictions)
    assert total <= sum(one.lost_ms or 0 for one in frictions)
