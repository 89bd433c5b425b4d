"""The page of a trust card: every figure or why there is none, and nothing foreign."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from browser.chromium import launched, opened
from browser.rules import broken
from browser.shape import read, shape
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.agreement import Agreement
from qa_review.base.records import MadeBy
from qa_review.base.resources import folder
from qa_review.grade.rubric import Rubric, RubricVersion, load
from qa_review.grade.swaps import SWAPS
from qa_review.grade.trust import BehaviourTrust, Coverage, TrustCard
from qa_review.view.trust import SWAPPED, trust_page

RUBRIC = load(folder("rubrics") / "behaviours.v1.toml")
IDS = tuple(behaviour.id for behaviour in RUBRIC.behaviours)
BY = MadeBy("learned scorer", "2.1", "77aa01c2e4b09d31", "minilm int8")
CALLS = "calls of the second week of March, two raters each"
WHY = "no variation: both gave one and the same level throughout"


def agreement(value: float, spread: float = 0.08, n: int = 112) -> Agreement:
    return Agreement(value, None, (value - spread, value + spread), 0.5, n)


def undefined(why: str = WHY, n: int = 112) -> Agreement:
    return Agreement(None, why, None, 1.0, n)


PROVEN = BehaviourTrust(
    behaviour=IDS[0],
    kappa=Agreement(0.618, None, (0.513, 0.707), 0.571, 112),
    exact=Agreement(0.571, None, (0.482, 0.661), 0.571, 112),
    within_one=Agreement(0.946, None, (0.902, 0.982), 0.571, 112),
    error=Agreement(0.487, None, (0.381, 0.604), 0.571, 112),
    absent=Agreement(0.734, None, (0.552, 0.893), 0.967, 120),
    people=(3, 19, 41, 38, 14, 5),
    scorer=(1, 22, 47, 36, 7, 8),
    repeats=1.0,
    flips=dict.fromkeys(SWAPS, 0.0) | {"names": 0.025, "fillers": 0.15},
    coverage=(
        Coverage(0.0, 1.0, 0.571), Coverage(0.4, 0.893, 0.59), Coverage(0.5, 0.634, 0.648),
        Coverage(0.6, 0.313, 0.743), Coverage(0.7, 0.0, None),
    ),
    machine=0.214,
    machine_calls=56,
)  # fmt: skip
UNPROVEN = replace(PROVEN, behaviour=IDS[1], kappa=agreement(0.372, 0.173))
WORSE = replace(PROVEN, behaviour=IDS[2], kappa=agreement(0.041, 0.193), repeats=0.875)
UNDEFINED = replace(
    PROVEN,
    behaviour=IDS[3],
    kappa=undefined(),
    absent=undefined("no unit, for once"),
    machine=None,
    machine_calls=0,
)
NOTHING = BehaviourTrust(
    IDS[4], *[undefined("no unit was given a level by both", 0)] * 5,
    people=(0,) * 6, scorer=(0,) * 6, repeats=0.0, flips={},
    coverage=(Coverage(0.0, 0.0, None),),
)  # fmt: skip


def card(*behaviours: BehaviourTrust, **changes: object) -> TrustCard:
    made = TrustCard(BY, RUBRIC.ref, CALLS, 120, behaviours or (PROVEN,))
    return replace(made, **changes)


CARDS = {
    "every kind": card(PROVEN, UNPROVEN, WORSE, UNDEFINED, NOTHING),
    "proven": card(*(replace(PROVEN, behaviour=name) for name in IDS)),
    "one behaviour": card(UNPROVEN),
    "no call": card(NOTHING, count=0),
    "none": card(behaviours=()),
    "another rubric": card(rubric=RubricVersion("manners", "7", "0123456789abcdef")),
    "hostile": None,
}
SEEN = ("every kind", "another rubric", "hostile")
"""the cards that are opened in a browser: between them they show all that a page can"""
ATTACKS = [
    "<script>alert(1)</script>",
    "</style></title><svg onload=alert(1)>",
    "\" onmouseover=\"alert(1)' x='",
    "https://evil.example/" + "x" * 300,
    "\u202egnp.exe\x00",
    "lone \ud800 surrogate",
]


def hostile(text: str) -> tuple[TrustCard, Rubric]:
    """A card and its rubric with ``text`` in every place that holds text."""
    why = undefined(text)
    behaviour = replace(
        PROVEN, behaviour=text, kappa=why, exact=why, within_one=why, error=why, absent=why,
        flips={text: 0.5},
    )  # fmt: skip
    version = RubricVersion(text, text, text)
    known = (replace(RUBRIC.behaviours[0], id=text, title=text),)
    rubric = replace(RUBRIC, id=text, version=text, behaviours=known)
    return TrustCard(MadeBy(text, text, text, text), version, text, 120, (behaviour,)), rubric


def page_of(kind: str) -> str:
    made = CARDS[kind]
    return trust_page(made, RUBRIC) if made else trust_page(*hostile(ATTACKS[3]))


def articles(made: TrustCard, rubric: Rubric = RUBRIC):
    return read(trust_page(made, rubric)).all("article")


def lines(element) -> list[str]:
    """The rows of an element's tables, each as its cells read."""
    rows = element.all("tr")
    return [" ".join(" ".join(cell.text.split()) for cell in row.children) for row in rows]


def said(element) -> str:
    return " ".join(element.text.split())


class TestEveryPage:
    @pytest.fixture(params=CARDS)
    def page(self, request):
        return page_of(request.param)

    def test_is_one_file_that_asks_for_nothing_and_runs_nothing(self, page):
        tree = read(page)
        assert not "".join(script.text for script in tree.all("script")).strip()
        names = {name for element in tree.all() for name in element.attributes}
        assert not {name for name in names if name.startswith("on")} | ({"src", "style"} & names)
        links = [e.attributes["href"] for e in tree.all() if "href" in e.attributes]
        assert all(link.startswith("#") or link == "data:," for link in links)
        assert not re.search(r"https?:|@import|url\(", tree.all("style")[0].text)

    def test_has_headings_in_order_and_links_that_lead_somewhere(self, page):
        tree = read(page)
        ranks = [int(e.tag[1]) for e in tree.all() if re.fullmatch("h[1-6]", e.tag)]
        assert ranks[0] == 1 and ranks.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(ranks))
        ids = [e.attributes["id"] for e in tree.all() if "id" in e.attributes]
        assert len(ids) == len(set(ids))
        for element in tree.all("a") + tree.all("section") + tree.all("article"):
            wanted = element.attributes.get("href") or element.attributes["aria-labelledby"]
            assert wanted.lstrip("#") in ids

    def test_holds_no_figure_that_is_not_a_number(self, page):
        assert not re.search(r"\b(nan|inf|None)\b", read(page).all("body")[0].text)


def test_the_top_says_which_scorer_on_which_calls_by_which_rubric():
    tree = read(trust_page(CARDS["every kind"], RUBRIC))
    assert tree.all("title")[0].text == "learned scorer 2.1 minilm int8 \u00b7 trust card"
    assert tree.all("h1")[0].text == "learned scorer 2.1 minilm int8"
    top = said(tree.all("header")[0])
    for wanted in (f"120 calls: {CALLS}", "1 of 5", "0.40 at the low end", RUBRIC.digest,
                   f"{RUBRIC.id}, version {RUBRIC.version}", BY.settings):  # fmt: skip
        assert wanted in top
    assert "another rubric" not in top


def test_a_card_of_another_rubric_says_so_at_the_top():
    top = said(read(page_of("another rubric")).all("header")[0])
    assert "manners, version 7" in top
    assert f"another rubric than the one this card was measured on: {RUBRIC.id}" in top


def test_each_behaviour_has_its_verdict_in_words():
    made = CARDS["every kind"]
    verdicts = [said(a.all("p", class_="verdict")[0]) for a in articles(made)]
    assert verdicts[0] == "\u2713Proven: the low end of kappa reaches 0.40"
    assert verdicts[1:] == [f"\u2715Unproven: {made.unproven(name, RUBRIC)}" for name in IDS[1:]]
    glance = read(trust_page(made, RUBRIC)).all("ol", class_="glance")[0]
    assert [said(word) for word in glance.all("strong")] == ["\u2713Proven"] + 4 * [
        "\u2715Unproven"
    ]


def test_every_figure_of_a_behaviour_is_there():
    (article, *_) = articles(card())
    assert "0.62 [0.51, 0.71], n 112" in said(article.all("p", class_="main-figure")[0])
    assert lines(article) == [
        "The people\u2019s level exactly 57 % [48 %, 66 %], n 112",
        "Within one level of it 95 % [90 %, 98 %], n 112",
        "Mean error, in levels 0.49 [0.38, 0.60], n 112",
        "Kappa on giving a level or N/A 0.73 [0.55, 0.89], n 120, the same answer on 97 %",
        "Same level again 100 %, 120 of 120 calls in every run",
        "Change from reference to machine transcript 0.21 levels, on average over 56 calls",
        "Level People Scorer",
        "1 3 1", "2 19 22", "3 41 47", "4 38 36", "5 14 7", "N/A 5 8",
        "Open below Kept Right",
        "0.00 100 % 57 %", "0.40 89 % 59 %", "0.50 63 % 65 %", "0.60 31 % 74 %",
        "0.70 0 % no call is left",
        "Swap Changed",
        "Other names 2 %, 3 of 120 calls",
        "British for American spelling, and back 0 %, 0 of 120 calls",
        "Other hesitations (um, uh) 15 %, 18 of 120 calls",
        "All in lower case 0 %, 0 of 120 calls",
        "No punctuation 0 %, 0 of 120 calls",
        "A capital at every start of a sentence 0 %, 0 of 120 calls",
        "Other apostrophes and quotes 0 %, 0 of 120 calls",
        "OK for okay, yeah for yes, and back 0 %, 0 of 120 calls",
    ]  # fmt: skip


def test_what_is_undefined_says_why_and_what_was_not_measured_says_so():
    undefined_one, nothing = articles(CARDS["every kind"])[3:]
    assert said(undefined_one.all("p", class_="main-figure")[0]) == f"undefined: {WHY}, n 112"
    found = lines(undefined_one)
    assert found[3].startswith("Kappa on giving a level or N/A undefined: no unit, for once, n 112")
    assert found[5] == "Change from reference to machine transcript not measured"
    assert "Swaps not measured" in lines(nothing) and "Shares kept not measured" in lines(nothing)
    assert "Same level again not measured" in lines(articles(CARDS["no call"])[4])


def test_a_figure_without_interval_says_so():
    two = replace(PROVEN, kappa=Agreement(0.5, None, None, 0.5, 2))
    figure = articles(card(two))[0].all("p", class_="main-figure")[0]
    assert said(figure) == "0.50 no interval: too few calls, n 2"


def test_a_behaviour_that_the_card_lacks_is_unproven_and_has_no_figures():
    lacking = articles(card())[1]
    assert "Unproven: the trust card says nothing of it" in said(lacking)
    assert not lacking.all("table") and not lacking.all("svg")


def test_a_behaviour_that_the_rubric_lacks_has_its_figures_too():
    other = articles(card(PROVEN, replace(PROVEN, behaviour="small_talk")))[-1]
    assert other.all("h3")[0].text == "Small talk" and other.all("table")


#   kappa   low     high     from   to    arrow  threshold
@pytest.mark.parametrize(
    ("low", "high", "x1", "x2", "arrows"),
    [
        (0.25, 0.75, "74.0", "194.0", 0),
        (-0.25, 0.5, "14.0", "134.0", 1),
        (-0.75, -0.25, "14.0", "14.0", 1),
        (1.0, 1.0, "254.0", "254.0", 0),
    ],
)
def test_the_interval_is_drawn_to_scale_and_an_arrow_stands_for_what_is_below_0(
    low, high, x1, x2, arrows
):
    kappa = Agreement((low + high) / 2, None, (low, high), 0.5, 9)
    drawn = articles(card(replace(PROVEN, kappa=kappa)))[0].all("svg", class_="span")[0]
    (interval,) = drawn.all("line", class_="interval")
    assert (interval.attributes["x1"], interval.attributes["x2"]) == (x1, x2)
    assert len(drawn.all("path", class_="beyond")) == arrows
    assert [t.attributes["x1"] for t in drawn.all("line", class_="threshold")] == ["110.0"]


def test_the_threshold_is_the_rubrics_and_is_left_out_of_an_axis_that_it_misses():
    for wanted, drawn in ((0.75, ["194.0"]), (7.0, [])):
        rubric = replace(RUBRIC, settings={**RUBRIC.settings, "trust.kappa": wanted})
        svg = articles(card(), rubric)[0].all("svg", class_="span")[0]
        assert [t.attributes["x1"] for t in svg.all("line", class_="threshold")] == drawn


def test_bars_of_levels_are_to_scale():
    bars = articles(card())[0].all("svg", class_="people")
    widths = [float(bar.all("rect")[0].attributes["width"]) for bar in bars]
    assert widths == [round(64 * count / 47, 1) for count in PROVEN.people]


def test_every_swap_has_words_and_one_without_shows_its_name():
    assert set(SWAPPED) == set(SWAPS)
    assert "Slow speech 50 %, 60 of 120 calls" in lines(
        articles(card(replace(PROVEN, flips={"slow_speech": 0.5})))[0]
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_every_field_leaves_the_page_as_it_was(attack):
    made = trust_page(*hostile(attack))
    assert shape(made) == shape(trust_page(*hostile("xx")))
    made.encode("utf-8")


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_any_text_in_every_field_leaves_the_page_as_it_was(text):
    assert shape(trust_page(*hostile(text))) == shape(trust_page(*hostile("xx")))


def test_text_of_the_card_can_not_turn_what_stands_around_it():
    tree = read(trust_page(*hostile("\u05d0\u05d1")))
    assert tree.text.count("\u05d0\u05d1") - tree.all("title")[0].text.count("\u05d0\u05d1") == sum(
        bdi.text.count("\u05d0\u05d1") for bdi in tree.all("bdi")
    )


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.mark.slow
class TestInABrowser:
    @pytest.fixture
    def file(self, tmp_path):
        def write(kind: str):
            path = tmp_path / "trust.html"
            path.write_text(page_of(kind), encoding="utf-8")
            return path

        return write

    @pytest.mark.parametrize(("dark", "width"), [(False, 1200), (True, 1200), (False, 400)])
    @pytest.mark.parametrize("kind", SEEN)
    def test_it_breaks_no_rule_of_accessibility(self, chromium, file, kind, dark, width):
        path = file(kind)
        with opened(chromium, path, dark=dark, width=width, height=9000) as window:
            assert broken(window, path) == []

    @pytest.mark.parametrize("width", [1200, 640, 400])
    @pytest.mark.parametrize("kind", SEEN)
    def test_nothing_is_cut_off_at_the_side(self, chromium, file, kind, width):
        with opened(chromium, file(kind), width=width) as window:
            assert window.page.evaluate("document.documentElement.scrollWidth") <= width

    def test_it_is_whole_without_script_and_prints(self, chromium, file):
        with opened(chromium, file("every kind"), script=False) as window:
            assert window.page.locator("article").count() == 5
            window.page.emulate_media(media="print")
            assert window.page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") > 0
