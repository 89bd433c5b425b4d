"""Which language a written text is in."""

from __future__ import annotations

from qa_review.capture.py3langid import classify

FEWEST_LETTERS = 40
"""below about ten words one turn in a thousand would be taken for another language"""
MOST_CHARACTERS = 1_000
"""a longer text is judged by its beginning, middle and end; more makes no difference"""
WIDE = 3
"""a letter of a script that writes whole syllables or words tells as much as three others"""


def language_of(text: str) -> tuple[str, float]:
    """The language of ``text`` (ISO 639) and its probability in [0, 1].

    ``("und", 0.0)`` when there is too little text to tell: under :data:`FEWEST_LETTERS` letters.

    >>> language_of("yes okay thanks")
    ('und', 0.0)
    """
    text = _sample(text)
    letters = sum(WIDE if char >= "\u2e80" else 1 for char in text if char.isalpha())
    if letters < FEWEST_LETTERS:
        return "und", 0.0
    return classify(text)


def _sample(text: str) -> str:
    """``text``, or its beginning, middle and end when it is long."""
    if len(text) <= MOST_CHARACTERS:
        return text
    size = MOST_CHARACTERS // 3
    middle = (len(text) - size) // 2
    return " ".join((text[:size], text[middle : middle + size], text[-size:]))
