"""Copies of a call that differ in what should not matter: names, spelling, fillers, marks.

Takes a :class:`Transcript` and the name of a swap; makes a :class:`Transcript` that should get
the same scores. Where it doesn't, the score hangs on something an agent isn't judged by.

Conventions
-----------
- A swap changes one turn's text; it depends on that text and on the random numbers alone.
- In doubt a word stays: ``Will`` is never a name here, ``check`` is never a ``cheque``.
- Exchanges go both ways at once: ``okay`` becomes ``ok`` and ``ok`` becomes ``okay``.
- Addresses with ``@``, dots or slashes inside stay as they are.
- The swaps know English only.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from types import MappingProxyType

from qa_review.base.errors import UnknownName
from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.said import LITTLE
from qa_review.grade.words import is_number

Change = Callable[[str, random.Random], str]

EVERY = 12
"""About so many words lie between two fillers that are put in."""

# names of the islands change places with those of everywhere else, women with women

_BRITISH_WOMEN = """sarah emma claire hannah lucy jennifer jessica emily laura rachel rebecca
michelle karen susan linda amanda nicola helen siobhan megan""".split()
_BRITISH_MEN = """james oliver daniel stephen george david michael andrew matthew chris paul peter
simon kevin brian gary liam sean steven jason""".split()
_OTHER_WOMEN = """priya anjali deepa sunita ngozi yetunde abena adaeze fatima aisha layla zainab
mei yuki haruka jiyeon maria carmen agnieszka svetlana""".split()
_OTHER_MEN = """rahul sanjay vikram arjun kwame chinedu emeka kofi mohammed ahmed omar tariq wei
kenji hiroshi minho carlos javier tomasz dmitri""".split()
_BRITISH_SURNAMES = """whitaker patterson thornton ashworth hargreaves fletcher pemberton bradshaw
hughes davies""".split()
_OTHER_SURNAMES = """okafor mensah adeyemi patel sharma banerjee hassan rahman haddad nakamura
tanaka nguyen huang fernandez rodriguez kowalski novak petrov""".split()
_LISTED = frozenset((*_BRITISH_WOMEN, *_BRITISH_MEN, *_OTHER_WOMEN, *_OTHER_MEN))
_NEVER = LITTLE | frozenset(
    """will may mark bill grace rose hope joy sue pat rob dawn april june august jack ray art rich
    dean drew frank gene amber ruby jade lily daisy ivy holly robin faith charity summer autumn nick
    bob harry josh penny max miles eve carol guy chuck sandy heath clay cliff dale glen lance pierce
    skip wade ward young christian bye hello hey sorry yeah um uh er erm morning afternoon evening
    welsh french dutch greek muslim catholic christmas easter god account customer stop glad happy
    afraid pleased unable available""".split()
)
_NOT_NAMES = ("ly", "ish", "ese", "ian", "ing", "day", "rican")
_COMPANY = frozenset(
    """energy gas bank media support services service team housing council water insurance mobile
    broadband telecom health hospital hotel airlines travel clinic power group limited ltd plc
    direct care""".split()
)
_NAME = r"((?:[OD]['’])?[A-ZÀ-Þ][^\W\d_]+(?:-[A-ZÀ-Þ][^\W\d_]+)*)"
_NAMES = rf"{_NAME}(?:\s+{_NAME})?"
_CUES = tuple(
    re.compile(cue)
    for cue in (
        rf"\b(?:Miss|(?i:mrs?|ms|mister|dr|doctor|prof|professor))\b\.?\s+{_NAMES}",
        r"\b(?:mrs?|ms)\.?\s+((?:o['’])?[a-z]{3,}(?:-[a-z]+)*)",
        r"\b(?i:my name is|my name['’]?s|i['’]m|i am|speaking with|you['’]re speaking to)"
        rf"\s+{_NAMES}",
        rf"\b(?i:this is|it['’]s|it is)\s+{_NAMES}(?=,?\s+(?i:here|speaking|calling|from)\b)",
        rf"\b{_NAMES},?\s+(?i:speaking)\b(?=\s*(?:[.,?!]|$|(?i:how|from)\b))",
    )
)
_OUTSIDE = r"(?<![\w@/])(?<!\w\.)"
_WORD = re.compile(
    rf"{_OUTSIDE}(?<!\w['’-])(?<!\b[Ss]t\s)(?<!\b[Ss]t\.\s)"
    r"(?:[OoDd]['’])?[^\W\d_]+(?:-[^\W\d_]+)*(?!\w|[@/]|[.-]\w)"
)


def _like(old: str, new: str) -> str:
    """``new`` in the case of ``old``: ``COLOUR`` is ``COLOR``, ``Colour`` is ``Color``."""
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def _may_be_name(word: str) -> bool:
    low = word.lower()
    return not word.isupper() and low not in _NEVER and not low.endswith(_NOT_NAMES)


def _cued(text: str) -> Iterator[tuple[int, str]]:
    """Where the words around it say that somebody is named, and what the name is."""
    for cue in _CUES:
        for match in cue.finditer(text):
            groups = [(match.start(n), name) for n, name in enumerate(match.groups(), 1) if name]
            if _COMPANY.isdisjoint(name.lower() for _, name in groups):
                yield from ((start, name) for start, name in groups if _may_be_name(name))


def _stand_ins(called: Iterable[str], rng: random.Random) -> dict[str, str]:
    """The other name for every listed name and for those ``called``, all in lower case."""
    table: dict[str, str] = {}
    for here, there in ((_BRITISH_WOMEN, _OTHER_WOMEN), (_BRITISH_MEN, _OTHER_MEN)):
        for one, other in zip(here, rng.sample(there, len(there)), strict=True):
            table[one], table[other] = other, one
    british = rng.sample(_BRITISH_SURNAMES, len(_BRITISH_SURNAMES))
    others = rng.sample(_OTHER_SURNAMES, len(_OTHER_SURNAMES))
    for number, name in enumerate(sorted({name.lower() for name in called} - _LISTED)):
        pool = british if name in _OTHER_SURNAMES else others
        table[name] = pool[number % len(pool)]
    return table


@lru_cache(maxsize=8)
def _given_away(call: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a call's cues give away, and its words that are written without capitals."""
    common = (word for word in _WORD.findall(call) if word.islower())
    return frozenset(name for _, name in _cued(call)), frozenset(common)


def _names(text: str, rng: random.Random, call: str = "") -> str:
    """Other people's names; ``call``, which holds ``text``, gives away who is named."""
    cued, (called, common) = dict(_cued(text)), _given_away(call or text)
    table = _stand_ins(called, rng)

    def other(match: re.Match[str]) -> str:
        word, low = match[0], match[0].lower()
        listed = low in _LISTED and word in (low, low.capitalize(), low.upper())
        alone = word in called and low not in common
        named = listed or alone or match.start() in cued
        return _like(word, table.get(low, word)) if named else word

    return _WORD.sub(other, text)


_ISE = """apologi organi reali recogni authori prioriti customi minimi maximi finali summari
emphasi sympathi empathi itemi categori utili optimi memori critici speciali standardi synchroni
personali reorgani normali penali subsidi jeopardi familiari analy""".split()
_OUR = "col fav hon lab flav behavi neighb hum rum harb od endeav vap sav".split()
_DOUBLED = "cancel travel label fuel model dial total signal channel level quarrel".split()
_PAIRS = """organisation/organization organisations/organizations authorisation/authorization
unauthorised/unauthorized unrecognised/unrecognized favourite/favorite favourites/favorites
favourable/favorable neighbourhood/neighborhood behavioural/behavioral traveller/traveler
counsellor/counselor jeweller/jeweler jewellery/jewelry marvellous/marvelous centre/center
centres/centers theatre/theater fibre/fiber litre/liter litres/liters kilometre/kilometer
kilometres/kilometers programme/program programmes/programs enquiry/inquiry enquiries/inquiries
enquire/inquire enquired/inquired enquiring/inquiring licence/license licences/licenses
defence/defense offence/offense grey/gray catalogue/catalog catalogues/catalogs dialogue/dialog
instalment/installment instalments/installments fulfil/fulfill enrol/enroll enrolment/enrollment
skilful/skillful judgement/judgment ageing/aging cosy/cozy pyjamas/pajamas aluminium/aluminum
mould/mold mouldy/moldy plough/plow sceptical/skeptical moustache/mustache paediatric/pediatric
anaesthetic/anesthetic orthopaedic/orthopedic chequebook/checkbook""".split()
_ONE_WAY = dict(cheque="check", cheques="checks", tyre="tire", tyres="tires", kerb="curb")


def _spellings() -> dict[str, str]:
    """Every spelling with its other one."""
    pairs = [(uk, us) for uk, _, us in (pair.partition("/") for pair in _PAIRS)]
    for ending in ("e", "es", "ed", "ing"):
        pairs += [(f"{stem}s{ending}", f"{stem}z{ending}") for stem in _ISE]
    for ending in ("", "s", "ed", "ing"):
        pairs += [(f"{stem}our{ending}", f"{stem}or{ending}") for stem in _OUR]
    for ending in ("ed", "ing"):
        pairs += [(f"{stem}l{ending}", stem + ending) for stem in _DOUBLED]
    return _ONE_WAY | dict(pairs) | {us: uk for uk, us in pairs}


_SPELLINGS = _spellings()
_LETTERS = re.compile(rf"{_OUTSIDE}[A-Za-z]+(?!\w|[@/]|\.\w)")


def _spelling(text: str, rng: random.Random) -> str:
    """British spellings for American ones, and American for British."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        return word if word in ("Grey", "Gray") else _like(word, _SPELLINGS.get(word.lower(), word))

    return _LETTERS.sub(other, text)


_FILLERS = frozenset("um umm uh uhh er erm uhm".split())
_STAMMERED = frozenset("i the a an we you it he she they to and is so my that this".split())
_IN_NUMBERS = frozenset(
    """zero oh o nought double triple treble point dot and million billion pounds pound pence
    dollars cents percent am pm a.m p.m half quarter past first second third dash slash""".split()
)
_MARKS = ".,?!…;:—–-\"'()“”‘’"


def _plain(word: str) -> str:
    """``word`` in lower case without the marks around it."""
    return word.strip(_MARKS).lower()


def _ends(text: str) -> bool:
    """Whether a sentence starts after ``text``."""
    return not text or text.endswith((".", "?", "!"))


def _numeric(word: str) -> bool:
    """Whether ``word`` may be part of a number, or of a code that is spelled out."""
    parts = [part for part in _plain(word).split("-") if part]
    number = any(part in _IN_NUMBERS or is_number(part) for part in parts)
    letter = len(parts) == 1 and len(parts[0]) == 1 and parts[0] not in "ai"
    return number or letter or any(c.isdigit() for c in word)


def _without_fillers(words: Iterable[str]) -> list[str]:
    """The words but for um, uh and er, with the marks that are still needed."""
    kept: list[str] = []
    opened = False
    for word in words:
        if _plain(word) in _FILLERS and word.strip(_MARKS) != "ER":
            opened = opened or (word[0].isupper() and not word.isupper() and not _ends(word))
            if kept and not _ends(kept[-1]) and word[-1] in ".?!,":
                kept[-1] = kept[-1].rstrip(",") + word[-1].replace(",", "")
        else:
            kept.append(word[:1].upper() + word[1:] if opened else word)
            opened = False
    return kept


def _filler(before: str, word: str, rng: random.Random) -> str:
    """What is put in between two words: a filler, or the start of the second (a stammer)."""
    kinds = ["um", "uh", "er"]
    if not _ends(before) and LITTLE.isdisjoint((_plain(before), _plain(word))):
        kinds.append("you know")
    if _ends(before) and _plain(word) in _STAMMERED:
        kinds += [_plain(word)] * len(kinds)
    kind = rng.choice(kinds)
    return kind[0].upper() + kind[1:] if _ends(before) and word[0].isupper() else kind


def _may_part(before: str, word: str) -> bool:
    """Whether a filler fits between two words: not in numbers, not before a capital that stays."""
    if not word or (_numeric(before) and _numeric(word)):
        return False
    return not _ends(before) or not word[0].isupper() or _plain(word) in _STAMMERED


def _fillers(text: str, rng: random.Random) -> str:
    """Hesitations in other places: the old ones out, new ones in at about every twelfth word."""
    rng = random.Random(f"{rng.random()} {text}")
    said: list[str] = []
    at, before = rng.randrange(EVERY), ""
    for number, word in enumerate(_without_fillers(text.split(" "))):
        now = word
        if number >= at and _may_part(before, word):
            at = number + rng.randint(EVERY - 3, EVERY + 3)
            comma = before[-1] in ".,?!" if before else word[0].isupper()
            said.append(_filler(before, word, rng) + "," * comma)
            if _ends(before) and _plain(word) != "i":
                now = word[:1].lower() + word[1:]
        said.append(now)
        before = word
    return " ".join(said)


_ABBREVIATION = re.compile(r"(?i)(?:\b(?:mrs?|ms|dr|st|vs|etc|approx|ext|e\.g|i\.e|[ap]\.m)|\.)\.$")
_START = re.compile(
    r"(^|(?<=[.?!])[\"')\]”’]*\s+)([\"'(\[“‘]*)([a-z])(?=(?:[^\sA-Z@.]|\.(?!\w))*(?:\s|$))"
)
_I = re.compile(r"(?<![\w@./'’-])i(?=$|['’](?:m|ll|ve|d|re)\b|[^\w'’@./-]|[.](?:\s|$))")


def _lower(text: str, rng: random.Random) -> str:
    """All in lower case."""
    return text.lower()


def _upper_first(text: str, rng: random.Random) -> str:
    """A capital at every start of a sentence, and ``I``."""

    def opened(match: re.Match[str]) -> str:
        runs_on = _ABBREVIATION.search(text[: match.start()])
        return match[0] if runs_on else match[1] + match[2] + match[3].upper()

    return _I.sub("I", _START.sub(opened, text))


_INITIALS = re.compile(r"(?<![\w.])(?:[A-Za-z]\.){2,}")
_MARK = re.compile(r"[^\w\s£$€%&@+#°]|_")
_SHORT = re.compile(r"(?:cause|cos|em|til|tis|bout|\d0s)\b", re.IGNORECASE)
_OPENS = re.compile(rf"(?<!\w)['‘’](?!{_SHORT.pattern})\w")


def _around(match: re.Match[str]) -> tuple[str, str]:
    """The characters before and after a match, ``""`` at the ends of the text."""
    text = match.string
    return text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]


def _bare(text: str, rng: random.Random) -> str:
    """No punctuation but what lies inside words, figures and addresses."""

    def kept(match: re.Match[str]) -> str:
        mark, (before, after) = match[0], _around(match)
        inside = before.isalnum() and after.isalnum()
        if mark in "'’" and not inside:
            plural = before == "s" and not _OPENS.search(match.string)
            return mark if plural or _SHORT.match(match.string, match.end()) else ""
        figure = mark in ".,:/" and before.isdigit() and after.isdigit()
        address = mark in "./_" and (after.islower() or after.isdigit())
        stays = inside and (mark in "-'’" or figure or address)
        return mark if stays else " " * inside

    text = _INITIALS.sub(lambda match: match[0].replace(".", ""), text)
    return re.sub(r" {2,}", " ", _MARK.sub(kept, text)).strip(" ")


def _apostrophes(text: str, rng: random.Random) -> str:
    """Typographic apostrophes and quotes for straight ones, and straight for typographic."""

    def other(match: re.Match[str]) -> str:
        mark, (before, after) = match[0], _around(match)
        if mark in "’‘“”":
            return "'" if mark in "’‘" else '"'
        if before.isdigit() and not after.isalnum() and text.count(mark) % 2:
            return mark  # feet and inches
        opens = not before or before.isspace() or before in "([—–"
        if mark == '"':
            return "“" if opens else "”"
        return "‘" if opens and not _SHORT.match(text, match.end()) else "’"

    return re.sub("['\"’‘“”]", other, text)


_ASSENT = re.compile(
    rf"(?i){_OUTSIDE}(?<!\w['’-])(?:okay|ok|yes|yeah|all right|alright)"
    r"(?!\w|[@/]|\.\w|['’-]\w|\s+\d{5})"
)
_ASSENTS = dict(ok="okay", yes="yeah", yeah="yes", alright="all right") | {"all right": "alright"}


def _okays(text: str, rng: random.Random) -> str:
    """The other word for okay, yes and all right."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        if word.lower() == "okay":
            return "ok" if word.islower() else "OK"
        if word == "OK":
            return "Okay" if _ends(text[: match.start()].rstrip()) else "okay"
        return _like(word, _ASSENTS[word.lower()])

    return _ASSENT.sub(other, text)


SWAPS: Mapping[str, Change] = MappingProxyType(
    dict(names=_names, spelling=_spelling, fillers=_fillers, lower=_lower, bare=_bare)
    | dict(upper_first=_upper_first, apostrophes=_apostrophes, okays=_okays)
)
"""name to the change of one turn's text; a call's turns get equal random numbers, each afresh"""


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _changed(turn: Turn, change: Change, rng: random.Random, *, in_step: bool) -> Turn:
    """``turn`` with its text changed, and its words where each still has its place."""
    text = change(turn.text, rng)
    if text == turn.text or not text.strip():
        return turn
    now = text.split(" ")
    in_step = len(now) == len(turn.words) and (
        in_step
        or all(
            _letters(new) in (_letters(old.text), _letters(change(old.text, random.Random(0))))
            for old, new in zip(turn.words, now, strict=True)
        )
    )
    pairs = zip(turn.words, now, strict=True) if in_step else ()
    return replace(turn, text=text, words=tuple(replace(old, text=new) for old, new in pairs))


def swapped(transcript: Transcript, swap: str, *, seed: int = 0) -> Transcript:
    """The call with every turn changed by ``swap``; the same seed makes the same call.

    Everything but texts stays. The times of words stay where each word still has its place;
    a turn whose words became more or fewer (``fillers``, ``all right``) keeps its span and
    loses its words. A turn that would be left empty stays as it was.

    Raises:
        UnknownName: there is no such swap.
    """
    if swap not in SWAPS:
        raise UnknownName("swap", swap, SWAPS)
    change = SWAPS[swap]
    if swap == "names":
        change = partial(_names, call=" ¶ ".join(turn.text for turn in transcript.turns))
    key, in_step = f"{seed} {transcript.call_id}", swap == "names"
    turns = (_changed(t, change, random.Random(key), in_step=in_step) for t in transcript.turns)
    return replace(transcript, turns=tuple(turns))
