"""From decoded sound to a transcript of two speakers.

Takes a :class:`~qa_review.capture.pyav.Sound` and a
:class:`~qa_review.capture.transcriber.Transcriber`; makes a
:class:`~qa_review.capture.transcript.Transcript`.

Two channels: each is heard alone where its own speaker speaks. One channel: the words are heard
once, then each is given to a voice. Which speaker is the agent is taken from the metadata, else
decided from what is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qa_review.base.errors import LanguageNotCovered, NothingSaid
from qa_review.base.records import MadeBy
from qa_review.base.span import Span
from qa_review.capture import channels as by_channel
from qa_review.capture import doubt, roles, speech
from qa_review.capture.sound import Sound
from qa_review.capture.transcriber import Heard, Transcriber
from qa_review.capture.transcript import AgentIs, Dropped, Speaker, Transcript, Turn, Word

SURE_LANGUAGE = 0.7
GIBBERISH_PROBABILITY = 0.35
"""a call whose words have a lower mean probability was not understood"""

SpeechFinder = Callable[[np.ndarray], list[Span]]
"""int16 sound of one channel to the stretches in which somebody speaks"""
VoiceSplitter = Callable[[np.ndarray, Sequence[Word], list[Span]], Sequence[int | None]]
"""sound, words and speech of one channel to a voice, 0 or 1, for each word; ``None``: can't tell"""


@dataclass(frozen=True, slots=True)
class Ear:
    """What listening needs: an engine, a finder of speech, and a way to tell two voices apart."""

    engine: Transcriber
    speech: SpeechFinder
    voices: VoiceSplitter

    def listen(
        self,
        sound: Sound,
        *,
        call_id: str,
        path: Path,
        language: str | None = None,
        covered: Sequence[str] = (),
        agent_channel: int | None = None,
    ) -> Transcript:
        """The transcript of one call.

        Args:
            language: what is spoken; ``None`` to have the engine tell, where its weights can.
            covered: the languages that may be scored; empty: any.
            agent_channel: 0 or 1 when it is known which channel is the agent's.

        Raises:
            NothingSaid: there is no speech in it.
            LanguageNotCovered: another language than those in ``covered`` is spoken.
        """
        found = [self.speech(channel) for channel in sound.channels]
        loud = [speech.loudness(channel) for channel in sound.channels]
        if len(found) == 2:
            found = speech.own_voice(loud, found)
        if not any(found):
            raise NothingSaid(path, "nobody speaks in it")
        language = language or self._language(sound, found)
        refuse_language(language, covered, call_id)
        words, dropped = self._words(sound, found, loud, language)
        if not any(words):
            raise NothingSaid(path, "no words could be made out in it")
        refuse_gibberish(words, call_id)
        turns, agent_is = self._turns(sound, words, found, agent_channel)
        return Transcript(
            call_id, language, turns, self._made_by(), dropped, agent_is, sound.duration_ms
        )

    def _made_by(self) -> MadeBy:
        return self.engine.made_by

    def _language(self, sound: Sound, found: list[list[Span]]) -> str:
        if len(self.engine.languages) == 1:
            return self.engine.languages[0]
        busiest = max(range(len(found)), key=lambda c: sum(s.length_ms for s in found[c]))
        window = speech.windows(found[busiest])[0]
        language, probability = self.engine.language_of(window.samples(sound.channels[busiest]))
        return (
            language if probability >= SURE_LANGUAGE or "en" not in self.engine.languages else "en"
        )

    def _words(
        self, sound: Sound, found: list[list[Span]], loud: list[np.ndarray], language: str
    ) -> tuple[list[list[Word]], Dropped]:
        """The words of each channel that are worth believing."""
        words: list[list[Word]] = []
        dropped = Dropped()
        for channel, spans, level in zip(sound.channels, found, loud, strict=True):
            kept, doubted = doubt.believed(self._heard(channel, spans, language))
            kept, silent = doubt.on_sound(kept, level)
            words.append(by_channel.in_order(kept))
            dropped = dropped + doubted + silent
        if len(words) == 2:
            left, right = words
            first, echo_left = doubt.without_echo(left, loud[0], right, loud[1])
            second, echo_right = doubt.without_echo(right, loud[1], left, loud[0])
            return [first, second], dropped + echo_left + echo_right
        return words, dropped

    def _heard(self, channel: np.ndarray, spans: list[Span], language: str) -> list[Heard]:
        """What the engine wrote for every window of ``spans``, at its time in the recording.

        A window in which it repeats itself is heard again in halves; stretches of speech that
        it passed over are heard again without the others.
        """
        heard: list[Heard] = []
        waiting = speech.windows(spans, pad_ms=speech.HEARD_PAD_MS)
        while waiting:
            window = waiting.pop(0)
            pieces = self.engine.hear(window.samples(channel), language=language)
            halves = window.halves() if any(map(doubt.loops, pieces)) else ()
            if halves:
                waiting[:0] = halves
                continue
            pieces = [
                replace(piece, words=tuple(map(window.back, piece.words))) for piece in pieces
            ]
            waiting[:0] = window.passed_over([word for piece in pieces for word in piece.words])
            heard.extend(pieces)
        return heard

    def _turns(
        self,
        sound: Sound,
        words: list[list[Word]],
        found: list[list[Span]],
        agent_channel: int | None,
    ) -> tuple[tuple[Turn, ...], AgentIs]:
        if len(words) == 2:
            return two_channels(words, agent_channel)
        if sound.only is not None and agent_channel is not None:
            speaker: Speaker = "agent" if sound.only == agent_channel else "customer"
            agent_is = AgentIs("given with the call; the other channel is silent", 1.0, None)
            return by_channel.turns({speaker: words[0]}), agent_is
        voices = self.voices(sound.channels[0], words[0], found[0])
        return one_channel(words[0], voices)


def two_channels(
    words: Sequence[Sequence[Word]], agent_channel: int | None
) -> tuple[tuple[Turn, ...], AgentIs]:
    """Turns from each channel's words; the agent's channel as given, else as decided."""
    if agent_channel is None:
        texts = [" ".join(word.text for word in side) for side in words]
        agent, agent_is = roles.agent_of(texts, first=_first(words), are_channels=True)
    else:
        agent, agent_is = agent_channel, AgentIs("given with the call", 1.0, agent_channel)
    said: dict[Speaker, Sequence[Word]] = {"agent": words[agent], "customer": words[1 - agent]}
    return by_channel.turns(said), agent_is


def one_channel(
    words: Sequence[Word], voices: Sequence[int | None]
) -> tuple[tuple[Turn, ...], AgentIs]:
    """Turns from one channel's words, each given to a voice or to nobody.

    Where only one voice is heard nobody can say whether it is the agent's, unless its words do.
    """
    sides = [
        [word for word, voice in zip(words, voices, strict=True) if voice == v] for v in (0, 1)
    ]
    texts = [" ".join(word.text for word in side) for side in sides]
    agent, agent_is = roles.agent_of(texts, first=_first(sides), are_channels=False)
    names: dict[int | None, Speaker] = {agent: "agent", 1 - agent: "customer", None: "unknown"}
    if not all(sides) and agent_is.confidence < roles.SURE:
        names[0] = "unknown"
    turns: list[tuple[Speaker, list[Word]]] = []
    for word, voice in zip(words, voices, strict=True):
        same = turns and turns[-1][0] == names[voice]
        if same and word.span.start_ms - turns[-1][1][-1].span.end_ms <= by_channel.SAME_TURN_MS:
            turns[-1][1].append(word)
        else:
            turns.append((names[voice], [word]))
    return tuple(Turn.of(speaker, said) for speaker, said in turns), agent_is


def _first(words: Sequence[Sequence[Word]]) -> int:
    starts = [side[0].span.start_ms if side else 1 << 40 for side in words]
    return starts.index(min(starts))


def refuse_language(language: str, covered: Sequence[str], call_id: str) -> None:
    """Raise :class:`LanguageNotCovered` when ``language`` is not in ``covered``."""
    if covered and language not in covered:
        raise LanguageNotCovered(
            f"{call_id} is in {language!r}; the rubric covers {', '.join(covered)}"
        )


def refuse_gibberish(words: Sequence[Sequence[Word]], call_id: str) -> None:
    """Raise when the words are so improbable that the engine can't have understood the call.

    English-only weights can't tell another language; they write improbable English instead.
    """
    chances = [w.probability for side in words for w in side if w.probability is not None]
    if len(chances) >= 20 and sum(chances) / len(chances) < GIBBERISH_PROBABILITY:
        raise LanguageNotCovered(
            f"{call_id} was not understood (mean word probability "
            f"{sum(chances) / len(chances):.2f}): another language, or sound too poor"
        )
