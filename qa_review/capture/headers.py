"""What the header of a sound file says of the file's length, beside what is there.

Read without a decoder: a recorder that stops halfway leaves a header that claims too much or too
little, and decoders don't say so.
"""

from __future__ import annotations

from io import BufferedReader
from pathlib import Path

ABSURD_BYTES = 64 << 20
"""no list of tags is this much larger than what is left of its file"""
UNSTATED_BYTES = 0x7FFF0000
"""a WAV that claims this much or more was written as a stream, before its length was known"""
CHUNKS_AT_MOST = 10_000
"""a WAV has a handful; without a limit one made of empty chunks would be walked for minutes"""
MORE_SOUND = {b"RIFF", b"data"}
"""what follows the sound of a WAV when another was put behind it; decoders stop at the first"""


def wav_seconds(path: Path, seconds: float) -> tuple[float | None, float]:
    """How long a WAV's header says that the sound is, and how long the file is.

    Args:
        seconds: how much sound was decoded, by which bytes are told in seconds.

    Returns:
        ``None`` first where the header doesn't say.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(12)
        for _ in range(CHUNKS_AT_MOST):
            if len(head := file.read(8)) < 8:
                break
            length = int.from_bytes(head[4:], "little")
            there = size - file.tell()
            if head[:4] != b"data":
                file.seek(length + length % 2, 1)
            elif not 0 < length < UNSTATED_BYTES or there <= 0:
                break
            elif length >= there:
                return seconds * length / there, seconds
            else:
                file.seek(length + length % 2, 1)
                more = 0 if _only_chunks(file, size) else there - length
                return seconds, seconds * (1 + more / length)
    return None, seconds


def tags_are_absurd(path: Path) -> bool:
    """Whether the tags of a WAV claim far more than the file holds.

    Else the decoder takes as much memory as they claim, before it looks whether they are there.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) not in (b"RIFF", b"RF64"):
            return False
        file.seek(12)
        for _ in range(CHUNKS_AT_MOST):
            if len(head := file.read(8)) < 8:
                break
            length = int.from_bytes(head[4:], "little")
            if head[:4] == b"LIST" and length > size - file.tell() + ABSURD_BYTES:
                return True
            file.seek(length + length % 2, 1)
    return False


def _only_chunks(file: BufferedReader, size: int) -> bool:
    """Whether the rest of a WAV is chunks to its end, and not sound that its header leaves out."""
    for _ in range(CHUNKS_AT_MOST):
        if len(head := file.read(8)) < 8:
            return True
        length = int.from_bytes(head[4:], "little")
        named = all(0x20 <= byte < 0x7F for byte in head[:4])
        if not named or head[:4] in MORE_SOUND or file.tell() + length > size:
            return False
        file.seek(length + length % 2, 1)
    return True


def mp3_counts_its_frames(path: Path) -> bool:
    """Whether an MP3 begins with a count of its frames, as all that are written to disk do."""
    with path.open("rb") as file:
        start = file.read(10)
        if start.startswith(b"ID3"):
            tag = 0
            for byte in start[6:10]:
                tag = tag << 7 | byte & 0x7F
            file.seek(tag + 10)
        else:
            file.seek(0)
        head = file.read(200)
    return b"Xing" in head or b"Info" in head
