"""Numbers as figures, however they were said: "double four five" and "445" are one."""

from __future__ import annotations

from qa_review.grade.words import DIGITS, words_of

_ONES = dict(zip("zero one two three four five six seven eight nine".split(), "0123456789",
                 strict=True)) | {"oh": "0", "o": "0", "nought": "0"}  # fmt: skip
_TEENS = {
    word: str(number)
    for number, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        10,
    )
}
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), "23456789",
                 strict=True))  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3}


def numbers_in(text: str) -> tuple[str, ...]:
    """The numbers of a turn as digits, however they were said; single letters are passed over.

    >>> numbers_in("it's four four oh, double two; twenty-one, A B 7")
    ('44022217',)
    >>> numbers_in("order 44022 came on the 3rd of May")
    ('44022', '3')
    """
    found, run = [], ""
    times, tens = 1, ""
    for word in words_of(text).words:
        if word in _TIMES:
            times = _TIMES[word]
            continue
        figures = digits(word)
        if tens and not (word in _ONES and word not in ("oh", "o", "zero", "nought")):
            run, tens = run + tens + "0", ""
        if word in _TENS:
            tens = _TENS[word]
        elif figures is not None:
            run, tens, times = run + tens + figures * times, "", 1
        elif len(word) > 1 and run:
            found.append(run)
            run = ""
    run += tens + "0" if tens else ""
    return tuple([*found, run] if run else found)


def digits(word: str) -> str | None:
    """The digits that a word stands for; ``None`` when it is no number."""
    if word in _ONES:
        return _ONES[word]
    if word in _TEENS:
        return _TEENS[word]
    figures = "".join(sign for sign in word if sign in DIGITS)
    return figures or None
