"""Words that an engine wrote though nobody said them.

Whisper invents: on silence and noise it writes stock lines or a lone "you", and it can repeat a
phrase without end. Each rule here drops such words and counts them in :class:`Dropped`; words that
somebody may have said stay.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect, bisect_left
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from qa_review.capture.speech import frames_of
from qa_review.capture.transcriber import Heard
from qa_review.capture.transcript import Dropped, Word

NO_SPEECH = 0.6
UNSURE_LOGPROB = -1.0
HOPELESS_LOGPROB = -1.6
LOOP_COMPRESSION = 2.4
ABOVE_NOISE_DB = 6.0
"""a word's loudest 20 ms must rise this far above the channel's own noise"""
REPEATS = {1: 6, 2: 4, 3: 3}
"""phrase length to how many times in a row are a loop; longer phrases as 3"""
LONGEST_PHRASE = 12
ECHO_MS = 500
STOCK = re.compile(
    r"(thanks?( you)?( so much)? for watching|please subscribe|like and subscribe|"
    r"subtitles? (by|provided)|transcri(bed|ption) by|amara org|"
    r"see you (in the )?next (time|video))"
)
FILLERS = {"you", "thank you", "thanks", "bye", "okay", "so", "oh", "the", "i", ""}


def bare(text: str) -> str:
    """``text`` in lower case, letters, digits and single spaces only.

    >>> bare("Thanks, for watching!")
    'thanks for watching'
    """
    return " ".join(re.findall(r"[\w']+", text.lower())).replace("'", "")


def believed(pieces: Sequence[Heard]) -> tuple[list[Word], Dropped]:
    """The words worth keeping, and the count of those that aren't."""
    kept: list[Word] = []
    invented = repeated = 0
    for piece in pieces:
        if _invented(piece):
            invented += len(piece.words)
            continue
        words = without_loops([word for word in piece.words if not _loops_inside(word)])
        repeated += len(piece.words) - len(words)
        kept.extend(words)
    return kept, Dropped(invented=invented, repeated=repeated)


def loops(piece: Heard) -> bool:
    """Whether the engine repeated itself without end in ``piece``."""
    return piece.compression > LOOP_COMPRESSION or any(map(_loops_inside, piece.words))


def _loops_inside(word: Word) -> bool:
    """Whether one "word" is a syllable over and over: ``E-E-E-E-E-E-E-E``."""
    text = word.text.lower()
    return len(text) > 16 and len(zlib.compress(text.encode())) < len(text) * 0.6


def _invented(piece: Heard) -> bool:
    text = bare(" ".join(word.text for word in piece.words))
    if piece.mean_logprob < HOPELESS_LOGPROB:
        return True
    if piece.no_speech > NO_SPEECH and piece.mean_logprob < UNSURE_LOGPROB:
        return True
    doubtful = piece.no_speech > NO_SPEECH / 2 or piece.mean_logprob < UNSURE_LOGPROB
    return doubtful and (text in FILLERS or STOCK.fullmatch(text) is not None)


def without_loops(words: Sequence[Word]) -> list[Word]:
    """``words`` with each phrase that repeats in a row cut to its first two times.

    >>> from qa_review.base.span import Span
    >>> said = "go on go on go on go on go on then".split()
    >>> words = [Word(text, Span(i, i + 1)) for i, text in enumerate(said)]
    >>> " ".join(word.text for word in without_loops(words))
    'go on go on then'
    """
    left, before = list(words), -1
    while len(left) != before:  # what one cut leaves can repeat in turn
        before = len(left)
        for length in range(1, LONGEST_PHRASE + 1):
            left = _cut(left, length, REPEATS.get(length, 3))
    return left


def _cut(words: list[Word], length: int, times: int) -> list[Word]:
    texts = [bare(word.text) for word in words]
    kept: list[Word] = []
    at = 0
    while at < len(words):
        count = 1
        phrase = texts[at : at + length]
        while texts[at + count * length : at + (count + 1) * length] == phrase:
            count += 1
        if count >= times and len(phrase) == length:
            kept.extend(words[at : at + 2 * length])
            at += count * length
        else:
            kept.append(words[at])
            at += 1
    return kept


def on_sound(words: Sequence[Word], loud: np.ndarray) -> tuple[list[Word], Dropped]:
    """The words that lie on sound louder than the channel's noise, and the count of the others.

    Args:
        loud: :func:`~qa_review.capture.speech.loudness` of the channel.
    """
    if not len(loud):
        return [], Dropped(no_speech=len(words))
    threshold = float(np.percentile(loud, 5)) + ABOVE_NOISE_DB
    threshold = min(threshold, float(np.percentile(loud, 95)) - ABOVE_NOISE_DB)
    kept = [
        word
        for word in words
        if (heard := loud[frames_of(word.span, len(loud))]).size and heard.max() > threshold
    ]
    return kept, Dropped(no_speech=len(words) - len(kept))


def without_echo(
    words: Sequence[Word], loud: np.ndarray, others: Sequence[Word], other_loud: np.ndarray
) -> tuple[list[Word], Dropped]:
    """``words`` without those that the other channel carries at the same time, louder.

    Both are sorted by start. Two people do say the same word at once, so only runs of three or
    more words, or a whole utterance, count as an echo.
    """
    starts = [other.span.start_ms for other in others]
    echo = []
    for word in words:
        at = word.span.start_ms
        near = others[bisect(starts, at - ECHO_MS) : bisect_left(starts, at + ECHO_MS)]
        echo.append(_is_echo(word, loud, near, other_loud))
    edges = np.flatnonzero(np.diff(np.array([0, *echo, 0], dtype=np.int8)))
    gone = {
        number
        for first, last in edges.reshape(-1, 2)
        if last - first >= 3 or _stands_alone(words, first, last)
        for number in range(first, last)
    }
    kept = [word for number, word in enumerate(words) if number not in gone]
    return kept, Dropped(bleed=len(gone))


def _is_echo(word: Word, loud: np.ndarray, near: Sequence[Word], other_loud: np.ndarray) -> bool:
    mine = loud[frames_of(word.span, len(loud))]
    theirs = other_loud[frames_of(word.span, len(other_loud))]
    if not mine.size or not theirs.size or theirs.max() < mine.max() + ABOVE_NOISE_DB:
        return False
    text = bare(word.text)
    return any(bare(other.text) == text for other in near)


def _stands_alone(words: Sequence[Word], first: int, last: int) -> bool:
    """Whether pauses of over half a second (or the ends) surround words ``first`` to ``last``."""
    gaps = [b.span.start_ms - a.span.end_ms > 500 for a, b in pairwise(words)]
    return (first == 0 or gaps[first - 1]) and (last == len(words) or gaps[last - 1])
