"""The names that a rubric may use and the numbers that it may set."""

from __future__ import annotations

FINDERS = ("patterns", "uptake", "timing")
SIDES = ("agent", "customer")
RELATIONS = (
    "",
    "restates",
    "reflects",
    "asks_with",
    "asks_again",
    "passes_over",
    "cuts_off",
    "only_sign",
    "no_check",
    "no_word",
)
"""What :mod:`qa_review.grade.uptake` can test."""
EVENTS = ("", "interrupts", "talks_over", "long_silence", "monologue")
"""What :mod:`qa_review.grade.timing` can hear."""
PLACES = ("anywhere", "opening", "end")


SETTINGS: dict[str, dict[str, float]] = {
    "timing": {
        "silence_ms": 6000,
        "long_silence_ms": 15000,
        "backchannel_words": 3,
        "overlap_ms": 400,
        "cut_off_ms": 1500,
        "monologue_ms": 60000,
    },
    "uptake": {"takes_up": -0.6, "passes_over": -0.7},
    "scoring": {
        "cut_2": 1.5,
        "cut_3": 2.5,
        "cut_4": 3.5,
        "cut_5": 4.5,
        "full_at": 3,
        "turns_per_find": 12,
        "wrong_call_words": 60,
    },
    "trust": {"kappa": 0.4},
    "disputes": {"window_days": 14},
    "bands": {"green": 4.0, "red": 3.0},
}
"""Every number a rubric may set, with its default."""
