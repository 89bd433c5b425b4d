"""Written dialogues from JSON Lines: streamed, and a bad line costs only itself."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.errors import QAReviewError, TranscriptError
from qa_review.base.span import Span
from qa_review.capture import dialogues
from qa_review.capture.dialogues import BadLine, line_stretches, read_dialogues
from qa_review.capture.spoken_by import WORDS, in_time, speaker_of
from qa_review.capture.transcript import Transcript, Turn, Word

HI = [{"speaker": "agent", "text": "hi"}]


def read(folder: Path, *lines: Any) -> list[Transcript | BadLine]:
    """What is read from these lines, each JSON, text or bytes."""
    raw = []
    for line in lines:
        text = line if isinstance(line, (str, bytes)) else json.dumps(line)
        raw.append(text.encode() if isinstance(text, str) else text)
    path = folder / "calls.jsonl"
    path.write_bytes(b"\n".join(raw))
    return list(read_dialogues(path))


def test_each_line_is_a_dialogue(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"id": "a", "turns": HI, "pack": 3},
        {"id": "b", "turns": [{"i": 0, "speaker": "Caller", "text": " Yes? ", "mood": None}]},
    )
    assert found == [
        Transcript("a", "en", (Turn("agent", "hi"),)),
        Transcript("b", "en", (Turn("customer", "Yes?"),), agent_is=found[1].agent_is),  # type: ignore[union-attr]
    ]


def test_times_are_kept_and_turns_sorted_by_them(tmp_path: Path) -> None:
    turns = [
        {"speaker": "customer", "text": "two", "start_ms": 900, "end_ms": 1_500},
        {"speaker": "agent", "text": "one", "start_ms": 0, "end_ms": 1_000},
    ]
    (call,) = read(tmp_path, {"id": "a", "turns": turns})
    assert isinstance(call, Transcript) and call.timed
    assert [(t.text, t.span) for t in call.turns] == [
        ("one", Span(0, 1_000)),
        ("two", Span(900, 1_500)),
    ]


def test_turns_without_words_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    turns = [{"speaker": "agent", "text": "  "}, {"speaker": "customer", "text": None}, *HI, {}]
    (call,) = read(tmp_path, {"id": "a", "turns": turns})
    assert isinstance(call, Transcript)
    assert [number for number, turn in enumerate(call.turns) if turn.text] == [2]


@pytest.mark.parametrize(
    ("given_id", "text"),
    [
        ("x", "x"),
        (7, "7"),
        (7.5, "7.5"),
        (True, "true"),
        (-1, "-1"),
        ("é ", "é"),
        ("\ud800", "\ufffd"),
    ],
)
def test_an_id_of_any_kind_becomes_text(tmp_path: Path, given_id: Any, text: str) -> None:
    (call,) = read(tmp_path, {"id": given_id, "turns": HI})
    assert isinstance(call, Transcript) and call.call_id == text


BAD: dict[str, tuple[str | bytes, str | None, str]] = {
    "no JSON": ("{", None, "not JSON: Expecting"),
    "a list": ("[]", None, "an object with id and turns, not []"),
    "text": ('"hi"', None, "an object with id and turns, not 'hi'"),
    "null": ("null", None, "an object with id and turns, not None"),
    "no UTF-8": (b'{"id": "a", "turns": "\xff"}', None, "not UTF-8 text at byte 22"),
    "no id": ('{"turns": []}', None, "it has no id; an id is text or a number"),
    "null id": ('{"id": null, "turns": []}', None, "it has no id"),
    "empty id": ('{"id": " ", "turns": []}', None, "it has no id"),
    "a list as id": ('{"id": [1], "turns": []}', None, "it has no id"),
    "no turns": ('{"id": "a"}', "a", "turns is a list of speaker and text, not None"),
    "turns no list": ('{"id": "a", "turns": {}}', "a", "turns is a list of speaker and text"),
    "empty turns": ('{"id": "a", "turns": []}', "a", "no turn holds any words"),
    "a turn is text": ('{"id": "a", "turns": ["hi"]}', "a", "turns[0] is an object with speaker"),
    "text a number": ('{"id": "a", "turns": [{"text": 1}]}', "a", "turns[0].text is text, not 1"),
    "half a time": ('{"id":"a","turns":[{"text":"b","end_ms":1}]}', "a", "end_ms but no start_ms"),
    "time as text": (
        '{"id":"a","turns":[{"text":"b","start_ms":"0","end_ms":1}]}',
        "a",
        "turns[0].start_ms is milliseconds from 0 to 604,800,000, not '0'",
    ),
    "deep": ('{"id": "a", "turns":' + "[" * 50_000, None, "not JSON"),
    "huge number": ('{"id": ' + "9" * 5_000 + "}", None, "not JSON"),
    "not a number": ('{"id":"a","turns":[{"text":"b","start_ms":NaN,"end_ms":1}]}', "a", "nan"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_costs_only_itself_and_says_why(tmp_path: Path, name: str) -> None:
    line, call_id, said = BAD[name]
    good = {"id": "good", "turns": HI}
    found = read(tmp_path, {"id": "first", "turns": HI}, line, good)
    assert [type(item) for item in found] == [Transcript, BadLine, Transcript]
    bad = found[1]
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.id) == (2, call_id)
    assert said in bad.reason


def test_an_id_that_stands_twice_is_told_with_the_first_line(tmp_path: Path) -> None:
    found = read(tmp_path, {"id": 1, "turns": HI}, "", {"id": "1", "turns": HI})
    assert found[1] == BadLine(3, "1", "line 1 has the same id")


def test_a_bad_line_does_not_take_its_id(tmp_path: Path) -> None:
    found = read(tmp_path, {"id": 1, "turns": []}, {"id": 1, "turns": HI})
    assert [type(item) for item in found] == [BadLine, Transcript]


def test_blank_lines_windows_line_ends_and_a_byte_order_mark_are_passed_over(
    tmp_path: Path,
) -> None:
    line = json.dumps({"id": "a", "turns": HI}).encode()
    found = read(
        tmp_path, b"\xef\xbb\xbf" + line + b"\r", b"", b"  \r", line.replace(b"a", b"b", 1)
    )
    assert isinstance(found[0], Transcript)
    assert len(found) == 2


def test_an_endless_line_is_refused_without_being_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogues, "LONGEST_LINE_BYTES", 1_000)
    found = read(tmp_path, "x" * 5_500, {"id": "a", "turns": HI})
    assert found[0] == BadLine(1, None, "longer than 1,000 bytes")
    assert isinstance(found[1], Transcript)


def test_lines_are_read_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    with path.open("w") as file:
        for number in range(5_000):
            file.write(json.dumps({"id": number, "turns": HI}) + "\n")
    stream = read_dialogues(path)
    assert [
        item.call_id for item in itertools.islice(stream, 2) if isinstance(item, Transcript)
    ] == [
        "0",
        "1",
    ]
    stream.close()  # type: ignore[attr-defined]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match="no such file"):
        list(read_dialogues(tmp_path / "none.jsonl"))


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=9))
def test_any_bytes_end_in_bad_lines_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    found = read(tmp_path_factory.mktemp("any"), *lines)
    assert all(isinstance(item, (BadLine, Transcript)) for item in found)


NUMBERED = b"".join(b'{"id": %d, "turns": []}\n' % n if n % 4 else b" \r\n" for n in range(1, 30))


@pytest.mark.parametrize("count", [1, 2, 3, 28, 29, 30])
@pytest.mark.parametrize("end", [b"", b"{", b"\n", b"\n\n{"])
def test_stretches_of_a_file_hold_every_line_once_with_its_number(
    tmp_path: Path, count: int, end: bytes
) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(NUMBERED + end)
    stretches = list(line_stretches(path, count, 1 << 40))
    assert all(one.count <= count for one in stretches)
    assert sum(one.weight for one in stretches) == path.stat().st_size
    lines = (NUMBERED + end).split(b"\n")
    wanted = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert [number for one in stretches for number, _ in one.read()] == wanted
    assert [number for one in stretches for number in one.numbers()] == wanted
    for one in stretches:
        for small in (1, 2, 99):
            pieces = one.cut(small)
            assert [n for piece in pieces for n in piece.numbers()] == list(one.numbers())


def test_a_stretch_ends_where_it_is_large_enough(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes((b"x" * 99 + b"\n") * 10)
    assert [one.count for one in line_stretches(path, 100, 250)] == [3, 3, 3, 1]
    assert [one.count for one in line_stretches(path, 2, 250)] == [2] * 5


def test_a_line_longer_than_a_block_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogues, "BLOCK_BYTES", 7)
    monkeypatch.setattr(dialogues, "LONGEST_LINE_BYTES", 40)
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"y" * 100 + b"\n" + b'{"id": 2}\n' + b"z" * 40)
    first, second, third = line_stretches(path, 1, 1 << 40)
    assert [one.first for one in (first, second, third)] == [1, 2, 3]
    ((_, long),) = first.read()
    assert isinstance(long, BadLine) and long.reason == "longer than 40 bytes"
    assert [number for number, _ in third.read()] == [3]


def test_a_stretch_that_was_written_over_is_not_read_as_another(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(NUMBERED)
    first, *_ = line_stretches(path, 5, 1 << 40)
    path.write_bytes(NUMBERED + b"more\n")  # a file that grows is still the same there
    assert len(list(first.read())) == 4
    path.write_bytes(NUMBERED.replace(b"2", b"7", 1))
    with pytest.raises(QAReviewError, match="changed while its dialogues were scored"):
        list(first.read())
    path.unlink()
    with pytest.raises(QAReviewError, match="changed while its dialogues were scored"):
        list(first.read())


@pytest.mark.parametrize(("speaker", "words"), [(s, w) for s, w in WORDS.items() if w])
def test_words_for_a_speaker_are_known_in_any_case(speaker: str, words: tuple[str, ...]) -> None:
    for word in words:
        for form in (word, word.upper(), f" {word.title()}: ", f"{word}_1", word.replace(" ", "-")):
            assert speaker_of(form) == speaker, form


@pytest.mark.parametrize(
    "name", ["", "Speaker 1", "SPEAKER_00", "agentic", "me", None, 3, ["agent"]]
)
def test_anything_else_is_an_unknown_speaker(name: Any) -> None:
    assert speaker_of(name) == "unknown"


def test_no_word_stands_for_both_speakers() -> None:
    assert not set(WORDS["agent"]) & set(WORDS["customer"])


SPAN = st.tuples(st.integers(0, 5_000), st.integers(1, 3_000)).map(lambda t: Span(t[0], sum(t)))


@st.composite
def loose_turns(draw: Any) -> Turn:
    """A turn as other programs write them: in any order, over one another."""
    speaker, span = draw(st.sampled_from(["agent", "customer"])), draw(SPAN)
    if draw(st.booleans()):
        return Turn(speaker, draw(st.sampled_from(["a b", "c"])), span)
    middle = (span.start_ms + span.end_ms) // 2
    if middle == span.start_ms:
        return Turn.of(speaker, [Word("d", span)])
    return Turn.of(
        speaker, [Word("d", Span(span.start_ms, middle)), Word("e", Span(middle, span.end_ms))]
    )


@given(st.lists(loose_turns(), min_size=1, max_size=8))
def test_turns_in_time_are_sorted_apart_and_lose_no_word(loose: list[Turn]) -> None:
    tidy = in_time(loose)
    starts = [turn.span.start_ms for turn in tidy if turn.span]
    assert starts == sorted(starts) and len(starts) == len(tidy)
    for speaker in ("agent", "customer"):
        spans = [turn.span for turn in tidy if turn.speaker == speaker and turn.span]
        assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(spans))
        said = " ".join(turn.text for turn in tidy if turn.speaker == speaker).split()
        meant = " ".join(turn.text for turn in loose if turn.speaker == speaker).split()
        assert sorted(said) == sorted(meant)
    for turn in tidy:
        assert not turn.words or turn.text == " ".join(word.text for word in turn.words)
        assert all(turn.span and turn.span | word.span == turn.span for word in turn.words)
