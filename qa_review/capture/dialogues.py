"""Written dialogues by the million: JSON Lines, read one line at a time.

A line is ``{"id": …, "turns": [{"speaker": …, "text": …, "start_ms"?: …, "end_ms"?: …}]}``. What
speakers are called is told apart by :func:`~qa_review.capture.spoken_by.speaker_of`; other keys are
left out. A line that can't be read costs only itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_review.base.errors import TranscriptError
from qa_review.capture.shape import shown
from qa_review.capture.spoken_by import given, language_code, span_of, speaker_of, text_of, whole
from qa_review.capture.transcript import Transcript, Turn

LONGEST_LINE_BYTES = 16 << 20
"""a longer line is refused, not read into memory"""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no dialogue: its number from 1, its id if it has one, and why."""

    number: int
    id: str | None
    reason: str


def read_dialogues(path: Path, *, language: str = "en") -> Iterator[Transcript | BadLine]:
    """Each dialogue in a JSON Lines file, in order; a :class:`BadLine` for each that isn't one.

    Blank lines are passed over. An id that an earlier line had makes a bad line.

    Args:
        language: the language of dialogues that state none under ``language``.

    Raises:
        TranscriptError: there is no such file, or it can't be opened.
    """
    try:
        file = Path(path).open("rb")
    except OSError as error:
        raise TranscriptError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    seen: dict[str, int] = {}
    with file:
        number = 0
        while line := file.readline(LONGEST_LINE_BYTES + 1):
            number += 1
            if len(line) > LONGEST_LINE_BYTES:
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE_BYTES)
                yield BadLine(number, None, f"longer than {LONGEST_LINE_BYTES:,} bytes")
            elif line.strip(b" \t\r\n\0\xef\xbb\xbf"):
                yield _read(line, number, seen, language)


def _read(line: bytes, number: int, seen: dict[str, int], language: str) -> Transcript | BadLine:
    call_id: str | None = None
    try:
        data = _parsed(line, number)
        call_id = id_of(data)
        if call_id is None:
            return BadLine(number, None, "it has no id; an id is text or a number")
        if call_id in seen:
            return BadLine(number, call_id, f"line {seen[call_id]} has the same id")
        transcript = from_turns(data, call_id=call_id, language=language)
    except TranscriptError as error:
        return BadLine(number, call_id, str(error))
    seen[call_id] = number
    return transcript


def _parsed(line: bytes, number: int) -> Mapping[str, Any]:
    try:
        data = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        raise TranscriptError(f"not UTF-8 text at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise TranscriptError(f"not JSON: {error}") from error
    if not isinstance(data, Mapping):
        raise TranscriptError(f"a line is an object with id and turns, not {shown(data)}")
    return data


def id_of(data: Mapping[str, Any]) -> str | None:
    """The id of a dialogue as text; ``None`` when it has none.

    >>> id_of({"id": 17}), id_of({"id": "a-1"}), id_of({"id": " "})
    ('17', 'a-1', None)
    """
    value = data.get("id")
    if isinstance(value, str):
        return whole(value).strip() or None
    return json.dumps(value) if isinstance(value, (int, float)) else None


def from_turns(data: Mapping[str, Any], *, call_id: str, language: str = "en") -> Transcript:
    """The transcript in a dialogue ``{"turns": [...]}``; turns without times keep their numbers.

    Raises:
        TranscriptError: it has no turns, or one that isn't a turn; says which.
    """
    turns = data.get("turns")
    if not isinstance(turns, list):
        raise TranscriptError(f"turns is a list of speaker and text, not {shown(turns)}")
    said = [_turn(item, f"turns[{number}]") for number, item in enumerate(turns)]
    language = language_code(data.get("language"), language)
    return given(call_id, language, said, in_place=True)


def _turn(item: Any, where: str) -> Turn:
    if not isinstance(item, Mapping):
        raise TranscriptError(f"{where} is an object with speaker and text, not {shown(item)}")
    text = text_of(item.get("text"), f"{where}.text")
    return Turn(speaker_of(item.get("speaker")), text, span_of(item, "start_ms", "end_ms", where))
