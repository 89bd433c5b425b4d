"""Transcripts from files and to files: our own JSON, dialogues, WebVTT, Whisper, Contact Lens."""

from __future__ import annotations

import copy
import importlib.resources
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from made_up import transcripts

from qa_review.base.errors import TranscriptError
from qa_review.base.span import Span
from qa_review.capture.formats import read_transcript, to_json_text, to_vtt, transcript_of
from qa_review.capture.transcript import AgentIs, Transcript, Turn, Word
from qa_review.capture.vtt import from_vtt

SCHEMA = json.loads(
    (importlib.resources.files("qa_review.capture") / "transcript.schema.json").read_text()
)
CALL = Transcript(
    "c-1",
    "en",
    (
        Turn.of("agent", [Word("Good", Span(0, 300), 0.9), Word("morning.", Span(300, 800), 0.8)]),
        Turn("customer", "Hello.", Span(700, 1_200)),
    ),
    duration_ms=2_000,
)


def put(folder: Path, data: Any, name: str = "call.json") -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


# --- our own -----------------------------------------------------------------------------------


@given(transcripts())
def test_any_transcript_comes_back_from_json_as_it_was(transcript: Transcript) -> None:
    text = to_json_text(transcript)
    assert transcript_of(json.loads(text), call_id="other") == transcript
    assert to_json_text(transcript_of(json.loads(text), call_id="other")) == text


@given(transcripts())
def test_any_transcript_fits_the_schema(transcript: Transcript) -> None:
    written = json.loads(to_json_text(transcript))
    assert not list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(written))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_file_of_our_own_is_read(tmp_path: Path) -> None:
    assert read_transcript(put(tmp_path, to_json_text(CALL))) == CALL


BROKEN: dict[str, tuple[list[Any], Any, str]] = {
    "a newer version": (["version"], 2, "newer qa_review; this one reads up to 1"),
    "version 0": (["version"], 0, "whole number from 1, not 0"),
    "version true": (["version"], True, "whole number from 1, not True"),
    "another format": (["format"], "other", "format is 'qa_review.transcript', not 'other'"),
    "an unknown field": (["mood"], "good", "mood is not known; there is call_id"),
    "an id that is a number": (["call_id"], 7, "call_id is text, not 7"),
    "turns that are text": (["turns"], "none", "turns is a list, not 'none'"),
    "a turn that is text": (["turns", 1], "hi", r"turns\[1\] is an object, not 'hi'"),
    "a speaker that isn't": (["turns", 1, "speaker"], "bot", "one of agent, customer, unknown"),
    "text that is a number": (["turns", 1, "text"], 5, r"turns\[1\]\.text is text, not 5"),
    "text unlike its words": (["turns", 0, "text"], "Bad", "its words joined by single spaces"),
    "a time with a point": (["turns", 1, "span", "end_ms"], 9.5, "a whole number, not 9.5"),
    "a span backwards": (["turns", 1, "span", "end_ms"], 700, "runs forward from 0"),
    "a negative time": (["turns", 1, "span", "start_ms"], -1, "runs forward from 0"),
    "a word outside": (["turns", 0, "words", 1, "span", "end_ms"], 801, "outside its turn"),
    "a probability in words": (["turns", 0, "words", 1, "probability"], "high", "is a number"),
    "an endless one": (["turns", 0, "words", 1, "probability"], float("nan"), "is a number"),
    "half a character": (["turns", 1, "text"], "\ud83d", "half a character"),
}


def changed(where: list[Any], value: Any) -> dict[str, Any]:
    data: Any = json.loads(to_json_text(CALL))
    inner = data
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    return dict(data)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_of_our_own_is_refused_with_the_place(tmp_path: Path, name: str) -> None:
    where, value, said = BROKEN[name]
    with pytest.raises(TranscriptError, match=rf"^call\.json: .*{said}"):
        read_transcript(put(tmp_path, changed(where, value)))


@pytest.mark.parametrize("field", ["call_id", "language", "turns"])
def test_a_field_that_must_be_there_is_missed(tmp_path: Path, field: str) -> None:
    data = json.loads(to_json_text(CALL))
    del data[field]
    with pytest.raises(TranscriptError, match=f"{field} is missing"):
        read_transcript(put(tmp_path, data))


def test_fields_that_may_be_missing_take_their_default(tmp_path: Path) -> None:
    keys = ("format", "version", "call_id", "language", "turns")
    data = {key: json.loads(to_json_text(CALL))[key] for key in keys}
    jsonschema.validate(data, SCHEMA)
    assert read_transcript(put(tmp_path, data)).duration_ms is None


@pytest.mark.parametrize("name", [n for n in BROKEN if n not in ("a word outside",)])
def test_the_schema_refuses_what_we_refuse_where_it_can(name: str) -> None:
    where, value, _ = BROKEN[name]
    beyond = ("text unlike its words", "a span backwards", "an endless one", "half a character")
    valid = jsonschema.Draft202012Validator(SCHEMA).is_valid(changed(where, value))
    assert valid is (name in beyond)


# --- WebVTT ------------------------------------------------------------------------------------


@given(transcripts(timed=True, plain=True))
def test_speakers_texts_and_times_come_back_from_vtt(transcript: Transcript) -> None:
    back = from_vtt(to_vtt(transcript), call_id="c")
    assert [(t.speaker, t.text, t.span) for t in back.turns] == [
        (t.speaker, t.text, t.span) for t in transcript.turns
    ]
    assert back.language == transcript.language


def test_vtt_is_written_with_voice_tags() -> None:
    assert to_vtt(CALL) == (
        "WEBVTT\nLanguage: en\n\n"
        "00:00:00.000 --> 00:00:00.800\n<v Agent>Good morning.\n\n"
        "00:00:00.700 --> 00:00:01.200\n<v Customer>Hello.\n"
    )


def test_a_turn_without_a_time_cannot_become_vtt() -> None:
    with pytest.raises(TranscriptError, match="turn 0 has no time"):
        to_vtt(Transcript("c", "en", (Turn("agent", "Hello."),)))


def test_vtt_of_other_programs_is_read(tmp_path: Path) -> None:
    text = (
        "\ufeffWEBVTT - made elsewhere\r\nKind: captions\r\nLanguage: en-GB\r\n\r\n"
        "STYLE\r\n::cue { color: red }\r\n\r\nNOTE\r\n00:01.000 --> 00:02.000 not a cue\r\n\r\n"
        "1\r\n00:01.000 --> 00:03.500 align:start position:0%\r\n"
        "<v.loud Rep Jo><b>Fish &amp; chips,</b>\r\nhow can I <00:00:02.000>help?</v>\r\n\r\n"
        "00:03.600 --> 01:00:04.000\r\n<v Caller>Hi.</v><v Agent>Yes?</v>\r\n\r\n"
        "01:00:05.000 --> 01:00:05.000\r\nCustomer: I said &lt;hi&gt;\r\n\r\n"
        "01:00:06.000 --> 01:00:07.000\r\nNote: that is no speaker\r\n"
    )
    call = read_transcript(put(tmp_path, text, "a-7.vtt"))
    assert (call.call_id, call.language) == ("a-7", "en")
    assert [(t.speaker, t.text) for t in call.turns] == [
        ("unknown", "Fish & chips, how can I help?"),  # "Rep Jo" is a name, not a word for agent
        ("customer", "Hi."),
        ("agent", "Yes?"),
        ("customer", "I said <hi>"),
        ("unknown", "Note: that is no speaker"),
    ]
    assert call.turns[0].span == Span(1_000, 3_500)
    assert call.turns[1].span == Span(3_600, 3_604_000)
    assert call.turns[3].span == Span(3_605_000, 3_605_001)  # a moment lasts 1 ms


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("WEBVTT\n\n00:00 --> 00:01\nhi\n", "line 3: times are written 00:00:01.000 -->"),
        ("WEBVTT\n\n00:99.000 --> 01:00.000\nhi\n", "line 3: times are written"),
        ("WEBVTT\n\nx\n00:02.000 --> 00:01.000\nhi\n", "line 4: the cue ends before it starts"),
        ("WEBVTT\n\n999:00:00.000 --> 999:00:01.000\nhi", "line 3: a time is milliseconds from 0"),
        ("WEBVTT\n", "no turn holds any words"),
        ("WEBVTTX\n\n00:01.000 --> 00:02.000\nhi\n", "WebVTT starts with a line WEBVTT"),
    ],
)
def test_broken_vtt_is_refused_with_the_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TranscriptError, match=f"^call.vtt: {said}"):
        read_transcript(put(tmp_path, text, "call.vtt"))


# --- dialogues and the rest --------------------------------------------------------------------


def test_a_written_dialogue_is_read(tmp_path: Path) -> None:
    turns = [{"speaker": "Advisor", "text": " Hello. "}, {"speaker": "x", "text": "Hi"}]
    call = read_transcript(put(tmp_path, {"id": 12, "turns": turns, "language": "es-MX"}))
    assert call == Transcript("12", "es", (Turn("agent", "Hello."), Turn("unknown", "Hi")))
    assert not call.timed


def test_nobody_stated_is_told() -> None:
    data = {"turns": [{"speaker": "A", "text": "hello"}]}
    assert transcript_of(data, call_id="c").agent_is == AgentIs("not stated", 0.0)


NO_TRANSCRIPT: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty; a transcript is our own JSON"),
    "spaces": (b"  \n ", "empty"),
    "text": (b"Agent: hello", "neither JSON nor WebVTT: it starts 'Agent: hello'"),
    "a number": (b"12", "neither JSON nor WebVTT"),
    "cut off": (b'{"turns": [', "not JSON: Expecting value: line 1"),
    "two lines": (b'{"id": 1}\n{"id": 2}', "JSON Lines are read by read_dialogues"),
    "an empty object": (b"{}", "an object with nothing; a transcript is"),
    "other keys": (b'{"a": 1, "b": 2}', "an object with a, b; a transcript is"),
    "no text": (b"\xff\xd8\xff\xe0", "not UTF-8 text at byte 0"),
    "deep": (b'{"turns":' + b"[" * 100_000, "nested too deep"),
    "huge number": (b'{"id":' + b"9" * 5_000 + b"}", "not JSON"),
    "no turns": (b'{"turns": []}', "no turn holds any words"),
    "empty turns": (b'{"turns": [{"speaker": "agent", "text": " "}]}', "no turn holds any words"),
    "an empty list": (b"[]", "no turn holds any words"),
    "list of text": (b'["a"]', r"segments\[0\] is an object, not 'a'"),
    "text a number": (b'{"turns": [{"text": 3}]}', r"turns\[0\]\.text is text, not 3"),
    "time endless": (
        b'{"turns": [{"text": "a", "start_ms": Infinity, "end_ms": 1}]}',
        "milliseconds from 0 to 604,800,000, not inf",
    ),
    "half a time": (b'{"turns": [{"text": "a", "start_ms": 1}]}', "start_ms but no end_ms"),
    "backwards": (b'{"turns": [{"text": "a", "start_ms": 2, "end_ms": 1}]}', "ends before"),
}


@pytest.mark.parametrize("name", NO_TRANSCRIPT)
def test_what_is_no_transcript_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    data, said = NO_TRANSCRIPT[name]
    path = tmp_path / "call.json"
    path.write_bytes(data)
    with pytest.raises(TranscriptError, match=rf"^call\.json: .*{said}"):
        read_transcript(path)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match=r"none\.json: no such file"):
        read_transcript(tmp_path / "none.json")
    with pytest.raises(TranscriptError, match="is a directory"):
        read_transcript(tmp_path)


def test_utf_16_with_a_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_bytes(json.dumps({"turns": [{"speaker": "agent", "text": "café"}]}).encode("utf-16"))
    assert read_transcript(path).turns[0].text == "café"


WHISPER = {
    "text": " Hello there. Hi.",
    "language": "en",
    "segments": [
        {
            "id": 0,
            "seek": 0,
            "start": 0.0,
            "end": 1.5,
            "text": " Hello there.",
            "tokens": [50363],
            "temperature": 0.0,
            "avg_logprob": -0.2,
            "compression_ratio": 1.1,
            "no_speech_prob": 0.01,
            "words": [
                {"word": " Hello", "start": 0.0, "end": 0.52, "probability": 0.91},
                {"word": " there", "start": 0.52, "end": 1.2, "probability": 0.8},
                {"word": ".", "start": 1.2, "end": 1.4, "probability": 0.7},
            ],
        },
        {"id": 1, "start": 2.0, "end": 2.4, "text": " Hi.", "speaker": "customer"},
    ],
}


def test_whisper_json_is_read_with_and_without_words(tmp_path: Path) -> None:
    call = read_transcript(put(tmp_path, WHISPER))
    assert call.turns == (
        Turn.of(
            "unknown", [Word("Hello", Span(0, 520), 0.91), Word("there.", Span(520, 1_400), 0.7)]
        ),
        Turn("customer", "Hi.", Span(2_000, 2_400)),
    )
    assert call.made_by.name == "given"


def test_faster_whisper_segments_are_read_as_a_bare_list(tmp_path: Path) -> None:
    assert read_transcript(put(tmp_path, WHISPER["segments"])).turns[1].text == "Hi."


def test_words_written_without_spaces_before_them_are_words() -> None:
    words = [
        {"word": "Hello", "start": 0.1, "end": 0.5, "score": 0.9},
        {"word": "there.", "start": 0.6, "end": 0.9, "score": 0.8},
    ]
    data = {"segments": [{"start": 0.1, "end": 0.9, "text": "Hello there.", "words": words}]}
    assert transcript_of(data, call_id="c").turns[0].text == "Hello there."


def test_a_word_without_a_time_costs_the_word_times_of_its_segment() -> None:
    data = copy.deepcopy(WHISPER)
    del data["segments"][0]["words"][1]["start"]  # type: ignore[index]
    turn = transcript_of(data, call_id="c").turns[0]
    assert turn == Turn("unknown", "Hello there.", Span(0, 1_500))


def test_words_without_probability_have_none() -> None:
    data = copy.deepcopy(WHISPER)
    del data["segments"][0]["words"][1]["probability"]  # type: ignore[index]
    assert {w.probability for w in transcript_of(data, call_id="c").turns[0].words} == {None}


@pytest.mark.parametrize("chance", [1.5, -0.1, "high", float("nan")])
def test_a_probability_outside_its_range_is_refused(chance: Any) -> None:
    data = copy.deepcopy(WHISPER)
    data["segments"][0]["words"][1]["probability"] = chance  # type: ignore[index]
    with pytest.raises(TranscriptError, match=r"segments\[0\]\.words\[1\]\.probability"):
        transcript_of(data, call_id="c")


def said(who: str, text: str, start: int, **more: Any) -> dict[str, Any]:
    times = {"BeginOffsetMillis": start, "EndOffsetMillis": start + 900}
    return {
        "Id": "u",
        "ParticipantId": who,
        "Content": text,
        "Sentiment": "NEUTRAL",
        **times,
        **more,
    }


AFTER_A_CALL = {
    "Version": "1.1.0",
    "Channel": "VOICE",
    "LanguageCode": "en-US",
    "CustomerMetadata": {"ContactId": "x"},
    "Participants": [
        {"ParticipantId": "p-1", "ParticipantRole": "AGENT"},
        {"ParticipantId": "p-2", "ParticipantRole": "CUSTOMER"},
    ],
    "Transcript": [
        said("p-2", "Hello?", 1_000),
        said("p-1", "Good morning.", 0),
        said("p-3", "Please hold.", 3_000),
    ],
}
WHILE_IT_RUNS = {
    "Segments": [
        {"Transcript": said("CUSTOMER", "Hello?", 1_000, ParticipantRole="CUSTOMER")},
        {"Categories": {"MatchedCategories": []}},
        {"Transcript": said("AGENT", "Good morning.", 0, ParticipantRole="AGENT")},
        {"Transcript": said("x", "Please hold.", 3_000, ParticipantRole="SYSTEM")},
    ]
}


@pytest.mark.parametrize("data", [AFTER_A_CALL, WHILE_IT_RUNS], ids=["after", "real time"])
def test_contact_lens_is_read_in_both_shapes(tmp_path: Path, data: dict[str, Any]) -> None:
    call = read_transcript(put(tmp_path, data))
    assert [(t.speaker, t.text, t.span) for t in call.turns] == [
        ("agent", "Good morning.", Span(0, 900)),
        ("customer", "Hello?", Span(1_000, 1_900)),
        ("unknown", "Please hold.", Span(3_000, 3_900)),
    ]
    assert call.language == "en"


def test_a_chat_in_contact_lens_has_no_times() -> None:
    chat = [{"ParticipantId": "AGENT", "Content": "hi", "AbsoluteTime": "2026-03-02T18:12:00Z"}]
    call = transcript_of({"Transcript": [*chat, {"Type": "EVENT"}]}, call_id="c")
    assert call.turns == (Turn("agent", "hi"),)


def test_an_entry_of_contact_lens_that_is_no_object_is_refused() -> None:
    with pytest.raises(TranscriptError, match=r"Transcript\[0\] is an object, not 'hi'"):
        transcript_of({"Transcript": ["hi"]}, call_id="c")
