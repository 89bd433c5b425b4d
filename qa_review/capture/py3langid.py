"""Which language a text is written in, by py3langid: a naive Bayes model over 140 languages.

Its wheel carries the model (4.6 MB). Loading takes under a second, a text half a millisecond a
thousand characters.
"""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier


@cache
def _model() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def classify(text: str) -> tuple[str, float]:
    """The ISO 639 code of the likeliest language, and its probability in [0, 1]."""
    language, probability = _model().classify(text)
    return str(language), float(probability)
