"""The normalised copy of a turn that matching works on, with the way back to what was said.

Takes the text of a turn; makes :class:`Words`: lower-case tokens, each with the characters
``[start, end)`` of the text it came from. ``Turn.text`` itself is never changed.

Conventions
-----------
- Contractions are taken apart, with or without their apostrophe: ``i'll``, ``I’ll`` and
  ``ill`` are all ``i will``; ``dont`` is ``do not``.
- Hesitations (``um``, ``er``) and stammered little words (``the the``) are left out.
- The end of a sentence is the token ``BREAK``. Commas are not tokens. Text without
  punctuation is one sentence.
- Numbers stay as written; :func:`is_number` knows figures and number words.
"""

# ruff: noqa: RUF002 - typographic quotes and dashes are what people write
from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

BREAK = "¶"

_TOKEN = re.compile(
    r"\d+(?:[.,:/]\d+)*[a-z]*|[^\W_]+(?:['’`][^\W_]+)*|[.?!…;]+(?=[\s\"')\]]|$)|[—–]|--+"
)
_HESITATIONS = frozenset("um umm uh er err erm uhm ehm hm".split())
_STAMMERED = frozenset(
    "i the a an we you it he she they to and is will so my your of in that this for can do".split()
)
_ONCE = _STAMMERED | {BREAK}
_WHOLE = {
    "cannot": "can not",
    "cant": "can not",
    "can't": "can not",
    "wont": "will not",
    "won't": "will not",
    "shant": "shall not",
    "shan't": "shall not",
    "dont": "do not",
    "didnt": "did not",
    "doesnt": "does not",
    "isnt": "is not",
    "wasnt": "was not",
    "arent": "are not",
    "werent": "were not",
    "hasnt": "has not",
    "havent": "have not",
    "hadnt": "had not",
    "wouldnt": "would not",
    "couldnt": "could not",
    "shouldnt": "should not",
    "neednt": "need not",
    "aint": "is not",
    "ain't": "is not",
    "im": "i am",
    "ive": "i have",
    "youll": "you will",
    "youve": "you have",
    "youre": "you are",
    "youd": "you would",
    "theyll": "they will",
    "theyve": "they have",
    "theyre": "they are",
    "theyd": "they would",
    "weve": "we have",
    "itll": "it will",
    "thatll": "that will",
    "therell": "there will",
    "shell": "she will",
    "thats": "that is",
    "whats": "what is",
    "wheres": "where is",
    "whens": "when is",
    "whos": "who is",
    "hows": "how is",
    "theres": "there is",
    "heres": "here is",
    "hes": "he is",
    "shes": "she is",
    "its": "it is",
    "lets": "let us",
    "let's": "let us",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "lemme": "let me",
    "gimme": "give me",
    "ok": "okay",
    "k": "okay",
    "cos": "because",
    "coz": "because",
    "cuz": "because",
    "'cause": "because",
    "u": "you",
    "ur": "your",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "ty": "thank you",
    "alright": "all right",
    "y'all": "you all",
    "o'clock": "oclock",
    "ma'am": "madam",
    "yep": "yes",
    "yup": "yes",
    "yeah": "yes",
    "yea": "yes",
    "ya": "you",
    "mhm": "mm",
    "mmm": "mm",
    "mmhm": "mm",
    "kinda": "kind of",
    "sorta": "sort of",
    "dunno": "do not know",
    "realise": "realize",
    "apologise": "apologize",
    "apologising": "apologizing",
    "apologised": "apologized",
    "organise": "organize",
    "recognise": "recognize",
    "favour": "favor",
    "cheque": "check",
}
_ENDINGS = {"ll": "will", "re": "are", "ve": "have", "m": "am", "d": "would"}
_IS_FOR_S = frozenset(
    "it that what where when who how there here he she this everything why".split()
)
_SICK = frozenset(
    "feel feeling felt be been is was am very so really too seriously fell he's".split()
)
_WANTS = frozenset(
    "like be have love say need suggest rather want imagine advise recommend".split()
)
_STARTERS = frozenset("and so but because that yes no okay then right well if which".split())
DIGITS = frozenset("0123456789")
NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand couple".split()
)


@dataclass(frozen=True, slots=True)
class Words:
    """One turn as normalised tokens: ``words[i]`` was said at characters ``starts[i]..ends[i]``."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def lowered(text: str) -> str:
    """``text`` in lower case and of the same length, so that offsets hold.

    >>> len(lowered("İstanbul")) == len("İstanbul")
    True
    """
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _parts(token: str) -> tuple[str, ...]:
    """What one written token stands for, as words."""
    token = token.replace("’", "'").replace("`", "'")
    if token in _WHOLE:
        return tuple(_WHOLE[token].split())
    if token[0] in ".?!…;—–-":
        return () if token in ("—", "–", "…", "...") or token.startswith("--") else (BREAK,)
    if token in _HESITATIONS:
        return ()
    stem, mark, ending = token.rpartition("'")
    if not mark:
        return (token,)
    if ending == "t" and stem.endswith("n"):
        return (stem[:-1], "not")
    if ending in _ENDINGS:
        return (stem, _ENDINGS[ending])
    if ending == "s":
        return (stem, "is") if stem in _IS_FOR_S else (stem,)
    return (token.replace("'", ""),)


@lru_cache(maxsize=20_000)
def _tokens(stretch: str) -> tuple[tuple[tuple[str, ...], int, int], ...]:
    """The tokens of a stretch without spaces: what each stands for, and its characters.

    ``()`` when that depends on its neighbours. What stands for nothing is left out. Kept for a
    while, since the same few thousand stretches are most of what is ever said.
    """
    tokens: list[tuple[tuple[str, ...], int, int]] = []
    for match in _TOKEN.finditer(stretch):
        unsure = match[0] in _UNSURE
        parts = () if unsure else _parts(match[0])
        if parts or unsure:
            tokens.append((parts, *match.span()))
    return tuple(tokens)


@lru_cache(maxsize=2_000)
def words_of(text: str) -> Words:
    """The normalised tokens of ``text``; kept for a while, as several finders ask for them.

    >>> words_of("Um, I'll ring the the bank. Ok?").words
    ('i', 'will', 'ring', 'the', 'bank', '¶', 'okay', '¶')
    >>> words_of("ill get that sorted").words
    ('i', 'will', 'get', 'that', 'sorted')
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    before = ""
    low = lowered(text)
    at = 0
    for stretch in low.split(" "):
        for parts, start, end in _tokens(stretch):
            if not parts:
                after = _TOKEN.search(low, at + end)
                parts = _unsure(stretch[start:end], before, after[0] if after else "")
            for part in parts:
                if part != before or part not in _ONCE:
                    words.append(part)
                    starts.append(at + start)
                    ends.append(at + end)
                    before = part
        at += len(stretch) + 1
    return Words(tuple(words), tuple(starts), tuple(ends))


def phrase_of(text: str) -> tuple[str, ...]:
    """The words of a listed phrase; how it is punctuated makes no difference.

    >>> phrase_of("Is that okay?")
    ('is', 'that', 'okay')
    """
    return tuple(word for word in words_of(text).words if word != BREAK)


_UNSURE = frozenset(("ill", "id", "were", "well", "hell", "wed"))


def _unsure(token: str, before: str, after: str) -> tuple[str, ...]:
    """``token`` taken apart where its neighbours say that an apostrophe was lost."""
    starts = before in _STARTERS or before in ("", BREAK)
    if token == "ill":
        return ("ill",) if before in _SICK else ("i", "will")
    if token in ("id", "wed"):
        return ("i" if token == "id" else "we", "would") if after in _WANTS else (token,)
    if token == "were" and starts and (after.endswith("ing") or after in ("sorry", "not", "here")):
        return ("we", "are")
    if token == "well" and starts and after in _DOABLE:
        return ("we", "will")
    if token == "hell" and after in _DOABLE:
        return ("he", "will")
    return (token,)


_DOABLE = frozenset(
    "be call ring send get give let have put look email text need refund ship post arrange "
    "sort book contact come do check make take find see then".split()
) - {"then", "see"}


def is_number(word: str) -> bool:
    """Whether a normalised word is a figure (``14th``, ``3pm``, ``4.95``) or a number word."""
    return word[0] in DIGITS or word in NUMBER_WORDS
