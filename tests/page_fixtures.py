"""An invented call with everything that a page has to show, and its hostile twin."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from qa_review.base.records import MadeBy
from qa_review.base.span import Span
from qa_review.capture.recording import Call, Recording
from qa_review.capture.transcript import AgentIs, Dropped, Transcript, Turn, Word
from qa_review.grade.evidence import Evidence
from qa_review.grade.rubric import RubricVersion
from qa_review.grade.scores import Overall, Score
from qa_review.grade.timing import Timing
from qa_review.keep.reviews import Review
from qa_review.view.sound import Sound
from qa_review.view.titles import BehaviourTitle, Titles

CALL = tomllib.loads(Path(__file__).with_name("browser").joinpath("call.toml").read_text("utf-8"))
WORD_MS = 300
TITLES = Titles(
    tuple(
        BehaviourTitle(known["id"], known["title"], known["about"], tuple(known["anchors"]))
        for known in CALL["behaviours"]
    ),
    CALL["indicators"],
)


def timed_turns() -> tuple[Turn, ...]:
    """The lines as turns with word times."""
    turns, at = [], 0
    for line in CALL["lines"]:
        at += line["after_ms"]
        words = []
        for word in line["text"].split():
            probability = CALL["doubtful"].get(word, 0.93)
            words.append(Word(word, Span(at, at + WORD_MS - 40), probability))
            at += WORD_MS
        turns.append(Turn.of(line["speaker"], words))
    return tuple(turns)


def transcript(turns: tuple[Turn, ...]) -> Transcript:
    length = max((turn.span.end_ms for turn in turns if turn.span), default=0)
    return Transcript(
        "nl-2026-11-18-0412",
        "en",
        turns,
        made_by=MadeBy("faster-whisper", "1.2.0", "9f2c41d07ab3e815", "base.en int8"),
        dropped=Dropped(no_speech=11, repeated=3, invented=4, bleed=26),
        agent_is=AgentIs("channel 1 greets and names the company", 0.97, 0),
        duration_ms=length + 1200,
    )


def evidence(said: Transcript) -> list[Evidence]:
    return [
        Evidence(
            piece["behaviour"], piece["indicator"], piece["stance"], said.locate(piece["words"]),
            "patterns", piece["weight"], piece.get("note", ""),
        )
        for piece in CALL["evidence"]
    ]  # fmt: skip


def scores(found: list[Evidence]) -> tuple[Score, ...]:
    return tuple(
        Score(
            behaviour,
            given.get("level"),
            given["confidence"],
            given["reason"],
            why_none=None if "level" in given else given["reason"],
            evidence=tuple(piece for piece in found if piece.behaviour == behaviour),
        )
        for behaviour, given in CALL["scores"].items()
    )


def review() -> Review:
    """The call as recorded on two channels."""
    said = transcript(timed_turns())
    return Review(
        call=Call(
            said.call_id, file="0412.wav", agent="Dana Whitfield", team="Broadband North",
            queue="Faults", customer="441927", started_at="2026-11-18T14:05:00+00:00",
            handle_ms=512_000,
        ),
        transcript=said,
        rubric=RubricVersion("behaviours", "1", "5d41402abc4b2a76"),
        scores=scores(evidence(said)),
        overall=Overall(87.5),
        by=MadeBy("evidence scorer", "0.1.0", "77aa01c2e4b09d31"),
        timing=Timing(
            duration_ms=said.duration_ms or 0, agent_talk_share=0.61, silence_share=0.18,
            longest_silence_ms=9_200, silences=2, overlap_ms=1_500, interruptions=1,
            response_ms=500, longest_monologue_ms=12_300, agent_words_per_minute=178.0,
        ),
        recording=Recording(
            said.call_id, Path("0412.wav"), "ab" * 32, said.duration_ms or 0, 2, 8000, "pcm_mulaw"
        ),
    )  # fmt: skip


def long(turns: int) -> Review:
    """The call over and over, until it has this many turns."""
    full = review()
    once, length = full.transcript.turns, full.transcript.duration_ms or 0
    said = []
    for number in range(turns):
        lap, turn = divmod(number, len(once))
        later = lap * length
        words = [
            replace(word, span=Span(word.span.start_ms + later, word.span.end_ms + later))
            for word in once[turn].words
        ]
        said.append(Turn.of(once[turn].speaker, words))
    return replace(full, transcript=transcript(tuple(said)))


def written() -> Review:
    """The same call as a written dialogue: no times, no sound."""
    turns = tuple(Turn(line["speaker"], line["text"]) for line in CALL["lines"])
    said = replace(
        transcript(turns), duration_ms=None, dropped=Dropped(), made_by=MadeBy("given", "1"),
        agent_is=AgentIs("stated in the transcript", 1.0),
    )  # fmt: skip
    found = evidence(said)
    return replace(review(), transcript=said, scores=scores(found), timing=None, recording=None)


def unscored() -> Review:
    """A call on which nothing could be scored, one channel, the agent's side doubtful."""
    full = review()
    nothing = tuple(
        Score(name, None, 0.9, "", why_none="the rubric does not cover German")
        for name in CALL["scores"]
    )
    said = replace(
        full.transcript, language="de", agent_is=AgentIs("speaks first", 0.55), dropped=Dropped()
    )
    timing = replace(
        full.timing, overlap_ms=None, interruptions=None, response_ms=None, agent_talk_share=None
    )
    return replace(full, transcript=said, scores=nothing, overall=Overall(None), timing=timing,
                   note="language not covered: de")  # fmt: skip


UNPROVEN = {
    "understanding": "agreement with people on 60 calls: kappa 0.31 [0.12, 0.49], n 60; its lower "
    "end is under 0.40",
    "ownership": "there is no trust card of this scorer",
}
CHANCES = {
    "listening": (0.02, 0.10, 0.12, 0.71, 0.05),
    "understanding": (0.02, 0.10, 0.10, 0.37, 0.41),
    "expectation": (0.03, 0.31, 0.33, 0.28, 0.05),
}
MOVES = {
    "Since Tuesday, and that's your whole working week gone.": 0.12,
    "Four four one, nine two seven. Thanks.": 0.31,
    "I'm not surprised you're fed up.": 0.0,
    "What happened when you tried the old one?": 0.24,
    "So it's not only your work, it's his exams too.": 0.18,
    "Can I take your account number?": -0.44,
    "take your account number?": -0.001,
}


def unsure() -> Review:
    """The call by a scorer that tells how sure it is of each level and leaves one open.

    Understanding and ownership are unproven; the quote of least weight moves listening most.
    """
    full = review()
    why = "Left open: the likeliest level, 3, has a chance of 0.33, and 0.50 was asked for."
    changed = []
    for score in full.scores:
        known = replace(
            score,
            evidence=tuple(
                replace(piece, moves=MOVES.get(piece.quote.text, 0.0)) for piece in score.evidence
            ),
            chances=CHANCES.get(score.behaviour, ()),
            unproven=UNPROVEN.get(score.behaviour, ""),
        )
        if score.behaviour == "expectation":
            known = replace(known, level=None, reason=why, why_none=why, abstained=True)
        changed.append(known)
    return replace(full, scores=tuple(changed), overall=Overall(83.3))


def everywhere(change: Callable[[str], str]) -> tuple[Review, Titles]:
    """The call and its titles with ``change`` made to every text that a page could show.

    ``change`` gets a text and gives one; what was said keeps its places for quotes.
    """
    full = unsure()
    turns = []
    for turn in full.transcript.turns:
        words = [replace(word, text=change(word.text)) for word in turn.words]
        turns.append(Turn.of(turn.speaker, words))
    said = replace(
        full.transcript, call_id=change("id"), language=change("en"), turns=tuple(turns),
        made_by=MadeBy(*map(change, ("engine", "1", "digest", "weights"))),
        agent_is=AgentIs(change("reason"), 0.5, 0),
    )  # fmt: skip
    marked = tuple(_changed(score, said, change) for score in full.scores)
    names = ("id", "file", "agent", "team", "queue", "customer", "date")
    call = Call(*map(change, names), handle_ms=1)
    hostile = replace(
        full, call=call, transcript=said, scores=marked, note=change("note"),
        rubric=RubricVersion(change("rubric"), change("1"), change("digest")),
        overall=Overall(50.0, capped=change("capped")),
        by=MadeBy(*map(change, ("scorer", "1", "digest", "weights"))),
        recording=Recording(change("id"), Path(change("file").replace("/", "_")), change("sha"),
                            1000, 2, 8000, change("codec")),
    )  # fmt: skip
    behaviours = tuple(
        BehaviourTitle(
            change(known.id), change("title"), change("about"), tuple(map(change, "12345"))
        )
        for known in TITLES.behaviours
    )
    return hostile, Titles(behaviours, {change("indicator"): change("meaning")})


def _changed(score: Score, said: Transcript, change: Callable[[str], str]) -> Score:
    pieces = tuple(
        Evidence(
            change(piece.behaviour), change("indicator"), piece.stance,
            said.quote(piece.quote.turn, 0, len(said.turns[piece.quote.turn].text)),
            change("finder"), piece.weight, change("note"), piece.moves,
        )
        for piece in score.evidence
    )  # fmt: skip
    why = change("why") if score.level is None else None
    return replace(score, behaviour=change(score.behaviour), reason=change("reason"), why_none=why,
                   evidence=pieces, unproven=change("unproven"))  # fmt: skip


def tone(duration_ms: int, *, hz: float = 300.0) -> bytes:
    """A tone as AAC in MP4, which browsers play."""
    rate, file = 16_000, io.BytesIO()
    steps = np.arange(duration_ms * rate // 1000)
    samples = (0.2 * np.sin(2 * np.pi * hz * steps / rate)).astype(np.float32)
    with av.open(file, "w", format="mp4") as box:
        stream = box.add_stream("aac", rate=rate, layout="mono")
        stream.bit_rate = 16_000
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(
                samples[None, start : start + 1024], format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = rate, start
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))
    return file.getvalue()


def peaks(said: Transcript, points: int = 1200) -> tuple[tuple[int, ...], ...]:
    """A waveform that fits the words: the agent's channel, then the customer's."""
    wobble = np.random.default_rng(7).integers(35, 95, points)
    series = []
    for speaker in ("agent", "customer"):
        loud = np.full(points, 1)
        for _, turn in said.said_by(speaker):
            for word in turn.words:
                first = word.span.start_ms * points // said.duration_ms
                last = max(first + 1, word.span.end_ms * points // said.duration_ms)
                loud[first:last] = wobble[first:last]
        series.append(tuple(int(value) for value in loud))
    return tuple(series)


def sound(of: Review, *, href: str | None = None) -> Sound:
    """Sound for a review, as long as its call."""
    length = of.transcript.duration_ms or 1
    data = None if href else tone(length)
    return Sound("audio/mp4", data, href, length, peaks(of.transcript), 0)
