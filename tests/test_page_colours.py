"""Every text and every mark stands out from what it stands on, in light and in dark."""

from __future__ import annotations

import re

import pytest

from qa_review.view.document import asset
from qa_review.view.marks import COLOURS

LIGHT, DARK = asset("light.css"), asset("dark.css")
HUES = range(COLOURS)


def colours(sheet):
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", sheet))


THEMES = {"light": colours(LIGHT), "dark": colours(LIGHT) | colours(DARK)}
TEXTS = [
    *[("text", on) for on in ("page", "card", "soft", "several", *[f"b{i}" for i in HUES])],
    *[("text", f"{who}-soft") for who in ("agent", "customer", "unknown")],
    *[("quiet", on) for on in ("page", "card", "soft", "agent-soft", "customer-soft")],
    *[("accent", on) for on in ("page", "card", "soft")],
    *[(who, on) for who in ("agent", "customer", "unknown") for on in ("card", f"{who}-soft")],
    ("accent-text", "accent"),
    ("card", "good"),
    ("card", "bad"),
    ("warn", "warn-soft"),
    ("warn", "card"),
    ("warn", "soft"),
    ("warn", "agent-soft"),
]
SHAPES = [
    *[(f"d{i}", on) for i in HUES for on in ("page", "card")],
    *[(name, "card") for name in ("step", "step-low", "agent", "customer", "unknown")],
]


def luminance(colour):
    """WCAG 2.2: relative luminance of an sRGB colour."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """WCAG 2.2: (lighter + 0.05) / (darker + 0.05).

    >>> round(contrast("#000", "#ffffff"), 1)
    21.0
    """
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "on"), TEXTS)
def test_text_can_be_read(theme, text, on):
    assert contrast(THEMES[theme][text], THEMES[theme][on]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("shape", "on"), SHAPES)
def test_a_shape_can_be_seen(theme, shape, on):
    assert contrast(THEMES[theme][shape], THEMES[theme][on]) >= 3


def test_dark_changes_every_colour():
    assert set(colours(LIGHT)) == set(colours(DARK))
