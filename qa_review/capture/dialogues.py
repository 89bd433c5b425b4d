"""Written dialogues by the million: JSON Lines, read one line at a time.

A line is ``{"id": …, "turns": [{"speaker": …, "text": …, "start_ms"?: …, "end_ms"?: …}]}``. What
speakers are called is told apart by :func:`~qa_review.capture.spoken_by.speaker_of`; other keys are
left out. A line that can't be read costs only itself.

A large file is read in stretches, each by whoever has it to do: :func:`line_stretches` cuts it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from qa_review.base.errors import QAReviewError, TranscriptError
from qa_review.capture.shape import shown
from qa_review.capture.spoken_by import given, language_code, span_of, speaker_of, storable, text_of
from qa_review.capture.transcript import Transcript, Turn

LONGEST_LINE_BYTES = 16 << 20
"""a longer line is refused, not read into memory"""
BLOCK_BYTES = 1 << 20
"""how much of a line is read at once while line ends are looked for"""
BLANK = b" \t\r\n\0\xef\xbb\xbf"
"""what a line may hold, a byte order mark too, and still be blank"""
NO_END = 1 << 62
"""beyond the end of every file"""
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class BadLine:
    """A place that holds no dialogue: its number from 1, its id if it has one, and why."""

    number: int
    id: str | None
    reason: str


Said = Transcript | BadLine


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines that begin in the bytes ``[start, end)`` of a file.

    ``first`` is the number of the first, ``count`` how many they are, blank ones too. ``digest`` is
    of their bytes, ``""`` where nobody asked for it.
    """

    path: Path
    start: int
    end: int
    first: int
    count: int
    digest: str = ""

    unit: ClassVar[str] = "line"
    bad: ClassVar[str] = "not a dialogue"

    @property
    def weight(self) -> int:
        """Bytes."""
        return self.end - self.start

    def read(self, *, language: str = "en") -> Iterator[tuple[int, Said]]:
        """What each line that isn't blank holds, with its number.

        Args:
            language: the language of dialogues that state none under ``language``.

        Raises:
            TranscriptError: the file can't be read on.
            QAReviewError: these aren't the lines whose digest was made.
        """
        for number, line in self._lines():
            if len(line) > LONGEST_LINE_BYTES:
                reason = f"longer than {LONGEST_LINE_BYTES:,} bytes"
                yield number, BadLine(number, None, reason)
            else:
                yield number, _read(line, number, language)

    def numbers(self) -> Iterator[int]:
        """The numbers of the lines that aren't blank; nothing is made of what they hold."""
        return (number for number, _ in self._lines())

    def cut(self, count: int) -> list[Lines]:
        """The same lines in stretches of at most ``count``."""
        return list(_stretches(self, count, most_bytes=NO_END))

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines that aren't blank; of one that is too long, no more than tells that."""
        if self.digest and not self.path.is_file():
            raise changed(self.path)
        digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
        with opened(self.path) as file:
            file.seek(self.start)
            number, left = self.first, self.end - self.start
            while left > 0 and (line := file.readline(LONGEST_LINE_BYTES + 1)):
                piece = line
                digest.update(piece)
                left -= len(piece)
                while len(line) > LONGEST_LINE_BYTES and piece and not piece.endswith(b"\n"):
                    piece = file.readline(LONGEST_LINE_BYTES)
                    digest.update(piece)
                    left -= len(piece)
                if line.strip(BLANK):
                    yield number, line
                number += 1
        if self.digest and digest.hexdigest() != self.digest:
            raise changed(self.path)


def line_stretches(path: Path, count: int, most_bytes: int) -> Iterator[Lines]:
    """A file of JSON Lines in stretches of ``count`` lines, or fewer that reach ``most_bytes``.

    Raises:
        TranscriptError: there is no such file, or it can't be read.
    """
    return _stretches(Lines(path, 0, NO_END, 1, 0), count, most_bytes)


def _stretches(of: Lines, count: int, most_bytes: int) -> Iterator[Lines]:
    """By ``readline``, not by blocks: it finds the end of each line as quickly, and more simply."""
    with opened(of.path) as file:
        file.seek(of.start)
        start, at, first, lines, ended = of.start, of.start, of.first, 0, True
        digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
        while at < of.end and (piece := file.readline(BLOCK_BYTES)):
            digest.update(piece)
            at += len(piece)
            ended = piece.endswith(b"\n")
            lines += ended
            if ended and (lines == count or at - start >= most_bytes):
                yield Lines(of.path, start, at, first, lines, digest.hexdigest())
                start, first, lines = at, first + lines, 0
                digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
        if at > start:  # the last line may end with the file
            yield Lines(of.path, start, at, first, lines + (not ended), digest.hexdigest())


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, whose trouble is told as a :class:`TranscriptError`."""
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as error:
        raise TranscriptError(f"{path}: {(error.strerror or str(error)).lower()}") from error


def changed(path: Path) -> QAReviewError:
    """What to raise where a file isn't the one whose dialogues were counted."""
    return QAReviewError(f"{path} changed while its dialogues were scored; run again")


def read_dialogues(path: Path, *, language: str = "en") -> Iterator[Said]:
    """Each dialogue in a JSON Lines file, in order; a :class:`BadLine` for each that isn't one.

    Blank lines are passed over. An id that an earlier line had makes a bad line.

    Args:
        language: the language of dialogues that state none under ``language``.

    Raises:
        TranscriptError: there is no such file, or it can't be opened.
    """
    seen: dict[str, int] = {}
    for number, said in Lines(Path(path), 0, NO_END, 1, 0).read(language=language):
        if isinstance(said, BadLine):
            yield said
        elif said.call_id in seen:
            reason = f"line {seen[said.call_id]} has the same id"
            yield BadLine(number, said.call_id, reason)
        else:
            seen[said.call_id] = number
            yield said


def _read(line: bytes, number: int, language: str) -> Said:
    try:
        data = _parsed(line, number)
    except TranscriptError as error:
        return BadLine(number, None, str(error))
    return said_of(data, number, language=language)


def said_of(data: Mapping[str, Any], number: int, *, language: str) -> Said:
    """The dialogue in one object, or why it is none."""
    call_id = id_of(data)
    if call_id is None:
        return BadLine(number, None, "it has no id; an id is text or a number")
    try:
        return from_turns(data, call_id=call_id, language=language)
    except TranscriptError as error:
        return BadLine(number, call_id, str(error))


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
        return storable(value).strip() or None
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
