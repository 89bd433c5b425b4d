"""Which codec carries which sound in which container, and whether what was decoded is that sound.

Two people speak, the agent loudly and low, the customer softly and high, each in one channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
import sounds

from qa_review.capture.sound import Sound
from qa_review.capture.transcriber import RATE_HZ

RATES = (8_000, 11_025, 16_000, 22_050, 44_100, 48_000)
FAST = (44_100, 48_000)
OPUS = (8_000, 16_000, 48_000)
MP2 = (16_000, 22_050, 44_100, 48_000)
TELEPHONE = (8_000,)
WIDE = (16_000,)

VOICES = {"agent": (440, 0.4), "customer": (1_000, 0.1)}
"""hertz and level; 12 dB apart, so that a codec is tempted to take the soft one for the other"""
SEATS = {
    "mono": ("agent",),
    "agent left": ("agent", "customer"),
    "agent right": ("customer", "agent"),
}
"""who is in which channel"""
MONO = ("mono",)
STEREO = ("agent left", "agent right")

LASTS_S = 0.6
"""how long each sound is, where nothing else is said"""
LATE_S = 0.1
"""how much longer or shorter than the sound a decoded file may be, beside its codec's padding"""
APART = 1_000
"""how many times the power of the other's tone one's own has in one's channel: 30 dB"""
LEVEL = 2.0
"""how many times the power that was written may be read, or the other way round: 3 dB"""


@dataclass(frozen=True, slots=True)
class Form:
    """A codec in a container, with the rates and seats that it can carry.

    ``told_hz`` is the rate that the file states, where it isn't the sound's. ``padding`` is how
    many samples the codec adds that no header tells a reader to leave out.
    """

    codec: str
    suffix: str
    rates: tuple[int, ...] = RATES
    seats: tuple[str, ...] = tuple(SEATS)
    container: str | None = None
    video: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    written: Mapping[str, str] = field(default_factory=dict, hash=False)
    told_hz: int | None = None
    padding: int = 0

    @property
    def name(self) -> str:
        return "-".join([self.codec, *self.options.values(), *self.written, self.suffix])

    def write(self, path: Path, rate: int, seats: str, *, seconds: float = LASTS_S) -> Path:
        """A file of this form, in which those who sit there speak all the time."""
        return sounds.write(
            path,
            voices(seats, rate, seconds=seconds),
            rate=rate,
            codec=self.codec,
            container=self.container,
            video=self.video,
            options=self.options,
            written=self.written,
        )

    def wrong(self, sound: Sound, rate: int, seats: str, *, seconds: float = LASTS_S) -> list[str]:
        """What makes ``sound`` another than the one that was written."""
        told = self.told_hz or rate
        found = [f"said to have {sound.rate_hz} Hz"] if sound.rate_hz != told else []
        return found + wrong(sound, seats, seconds=seconds, padding_s=self.padding / rate)


# ADPCM in the small blocks that telephony takes; by default up to 2,041 samples would be filled up.
BLOCKS = {"block_size": "256"}
FORMS = (
    *(
        Form(codec, "wav")
        for codec in (
            "pcm_u8",
            "pcm_s16le",
            "pcm_s24le",
            "pcm_s32le",
            "pcm_f32le",
            "pcm_f64le",
            "pcm_mulaw",
            "pcm_alaw",
        )
    ),
    Form("adpcm_ima_wav", "wav", options=BLOCKS),
    Form("adpcm_ms", "wav", options=BLOCKS),
    Form("adpcm_g726", "wav", TELEPHONE, MONO, options={"b": "16000"}),
    Form("adpcm_g726", "wav", TELEPHONE, MONO, options={"b": "32000"}),
    Form("g722", "wav", seats=MONO),
    Form("g722", "g722", WIDE, MONO),
    Form("g723_1", "wav", TELEPHONE, MONO, options={"b": "6300"}),
    Form("pcm_s16le", "wav", written={"rf64": "always"}),
    Form("mp3", "mp3"),
    Form("mp3", "mp3", seats=STEREO, options={"b": "24000"}),  # so few that it joins the channels
    Form("mp3", "wav", padding=1_105),
    Form("mp2", "mp2", MP2),
    Form("opus", "ogg", OPUS, told_hz=48_000),
    Form("opus", "opus", OPUS, told_hz=48_000),
    Form("opus", "mkv", OPUS, told_hz=48_000),
    Form("vorbis", "ogg", seats=STEREO),
    Form("flac", "flac"),
    Form("flac", "ogg", container="ogg"),
    Form("aac", "m4a"),
    Form("aac", "m4a", seats=STEREO, options={"b": "24000"}),
    Form("aac", "aac", container="adts", padding=2_048),
    Form("aac", "mkv", padding=1_024),
    Form("alac", "m4a"),
    Form("amr_nb", "amr", TELEPHONE, MONO),
    Form("amr_nb", "3gp", TELEPHONE, MONO),
    Form("wmav2", "wma", container="asf"),
    Form("ac3", "mkv", FAST),
    Form("wavpack", "wv"),
    Form("pcm_s16be", "aiff"),
    Form("pcm_mulaw", "au"),
    Form("pcm_alaw", "mov"),
    Form("pcm_s16le", "caf"),
    Form("pcm_s16le", "w64"),
    Form("aac", "mp4", (16_000, *FAST), video="mpeg4"),
    Form("mp3", "mkv", FAST, video="mpeg4"),
    Form("opus", "webm", (48_000,), video="vp8", told_hz=48_000),
)
COMBINATIONS = [
    (form, rate, seats) for form in FORMS for rate, seats in product(form.rates, form.seats)
]


def voices(seats: str, rate: int, *, seconds: float = LASTS_S, silent_s: float = 0.0) -> np.ndarray:
    """Who sits there, a channel each, float32 in [-1, 1]; nobody speaks for ``silent_s`` first."""
    time = np.arange(round(rate * seconds)) / rate
    spoken = [VOICES[who][1] * np.sin(2 * np.pi * VOICES[who][0] * time) for who in SEATS[seats]]
    silence = np.zeros((len(spoken), round(rate * silent_s)))
    return np.concatenate([silence, np.stack(spoken)], axis=1).astype(np.float32)


def power(samples: np.ndarray, hz: float) -> float:
    """The power of the tone of ``hz`` in one channel, and of what lies within 7 % of it."""
    heard = samples.astype(np.float64) / 32_768
    spectrum = np.abs(np.fft.rfft(heard)) ** 2
    at = np.fft.rfftfreq(len(heard), 1 / RATE_HZ)
    inside = (at > hz * 0.93) & (at < hz * 1.07)
    return float(spectrum[inside].sum() * 2 / len(heard) ** 2)


def sounding_s(samples: np.ndarray, level: float) -> float:
    """For how long one channel is at least a quarter as loud as a tone of ``level``."""
    step = RATE_HZ // 100
    pieces = samples[: len(samples) // step * step].astype(np.float64).reshape(-1, step) / 32_768
    return float((np.sqrt((pieces**2).mean(axis=1)) > level / np.sqrt(2) / 4).sum() / 100)


def wrong(sound: Sound, seats: str, *, seconds: float, padding_s: float = 0.0) -> list[str]:
    """What makes ``sound`` another than that of those who sit there: length, channels, tones."""
    who = SEATS[seats]
    if sound.channels.dtype != np.int16 or sound.channels.shape[0] != len(who):
        return [f"{sound.channels.shape[0]} channels of {sound.channels.dtype}"]
    found, lasts_s = [], sound.channels.shape[1] / RATE_HZ
    if not seconds - LATE_S <= lasts_s <= seconds + LATE_S + padding_s:
        found.append(f"{lasts_s:.3f} s long")
    if not lasts_s:
        return found
    for name, channel in zip(who, sound.channels, strict=True):
        hz, level = VOICES[name]
        heard_s = sounding_s(channel, level)
        if abs(heard_s - seconds) > LATE_S:
            found.append(f"the {name} is heard for {heard_s:.2f} s")
        own = power(channel, hz) * lasts_s / seconds  # of what lasts longer it is a smaller share
        if not 1 / LEVEL < own / (level**2 / 2) < LEVEL:
            found.append(f"the {name} has {own / (level**2 / 2):.2f} of the power")
        other = max(power(channel, VOICES[other][0]) for other in VOICES if other != name)
        if other * APART > own:
            found.append(f"another is heard in the channel of the {name}")
    return found
