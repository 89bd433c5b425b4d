"""How the call ran: who spoke when, for how long, over whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How a call ran, from word times. Shares are in [0, 1], times in milliseconds.

    A figure that can't be told is ``None``: overlap on one channel, latency in a call with
    one speaker.
    """

    duration_ms: int
    agent_talk_share: float | None
    silence_share: float
    longest_silence_ms: int
    silences: int
    overlap_ms: int | None
    interruptions: int | None
    response_ms: int | None
    """median time from the customer's last word to the agent's first"""
    longest_monologue_ms: int
    agent_words_per_minute: float | None
