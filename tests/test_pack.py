"""The monthly pack: what was planted is told at the top, and what is missing is named."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from browser.chromium import launched, opened
from browser.golden import picture
from browser.rules import astray, broken, foreign
from browser.shape import Element, read
from pack_fixtures import ATTACK, KINDS, MONTH, events, full_reviews, pack, rubric

from qa_review.base.errors import FrameError
from qa_review.team.pack import MONTH_PARTS, Material, monthly_pack
from qa_review.view.pack import PARTS, pack_page

LOOKS = [
    *(("full", dark, width) for dark in (False, True) for width in (1280, 400)),
    ("bare", False, 1280), ("tiny", True, 1280), ("hostile", False, 400),
]  # fmt: skip
"""which pack is held to the rules of accessibility, and how it is looked at"""


def page(kind: str) -> Element:
    return read(pack_page(pack(kind)))


def said(element: Element) -> str:
    return re.sub(r"\s+", " ", element.text)


def short(kind: str) -> dict[str, str]:
    """The sentences at the top, by what they are about."""
    (listed,) = page(kind).all("dl", class_="short")
    return {said(row.all("dt")[0]): said(row.all("dd")[0]) for row in listed.all("div")}


# --- what it says ------------------------------------------------------------------------------


def test_the_month_is_told_in_a_few_sentences() -> None:
    told = short("full")
    assert set(told) == {"Change", "Bands", "Handling time", "Friction", "Alerts"}
    assert "Came back rose from" in told["Change"]
    assert "red (agent-05 and agent-07)" in told["Bands"]
    assert "punishes" in told["Handling time"] and "agent-03" in told["Handling time"]
    assert "flatters" in told["Handling time"] and "agent-05" in told["Handling time"]
    assert "agent-07" not in told["Handling time"], "slow and poor is no one's excuse"
    assert "more customers come back" in told["Alerts"]
    assert re.search(r"took \d+ s \[\d+, \d+\] of the mean call", told["Friction"])


def test_too_little_is_said_to_be_too_little() -> None:
    told = short("tiny")
    assert told["Change"].startswith("Nothing can be said of changes yet")
    assert "4 can’t be told yet" in told["Bands"]
    assert "no agent has 10 calls with a handling time" in told["Handling time"]


@pytest.mark.parametrize(
    ("gone", "why"), [("agent", "no call names an agent"), ("handle_ms", "no call has")]
)
def test_what_nobody_looked_at_is_no_all_clear(gone: str, why: str) -> None:
    found = monthly_pack(Material(full_reviews(900).drop(columns=[gone]), MONTH, rubric()))
    text = said(read(pack_page(found)).all("dl", class_="short")[0])
    assert "can’t be told: " in text and why in text and "nobody" not in text.lower()


def test_figures_on_the_page_are_those_of_the_frames() -> None:
    found = pack("full")
    row = found.frames["bands_agent"].query("measure == 'overall' and name == 'agent-05'").iloc[0]
    (line,) = [tr for tr in page("full").all("tr") if said(tr).startswith("agent-05") and
               tr.all("strong", class_="red")]  # fmt: skip
    assert f"{row['mean']:.0f} [{row['low']:.0f}, {row['high']:.0f}]" in said(line)
    assert f"n\u00a0{row['n']}" in line.text


def test_what_was_missing_is_named_with_what_it_costs() -> None:
    text = said(page("bare"))
    for part in (
        "No call names a team", "No call names an agent", "This could not be computed",
        "Agent is missing from all calls. Could not be computed: bands, ranks and verdicts",
        "Handling time is missing from all calls",
    ):  # fmt: skip
        assert part in text, part
    assert "nan" not in re.findall(r"\b\w+\b", text) and "<NA>" not in text and "None" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_no_number_that_is_none_is_shown(kind: str) -> None:
    words = set(re.findall(r"[\w<>]+", page(kind).all("main")[0].text))
    assert not words & {"nan", "None", "NaN", "inf", "<NA>", "NaT"}


# --- what it is made of ------------------------------------------------------------------------


def test_every_frame_is_made_whatever_is_missing() -> None:
    names = set(pack("full").frames)
    assert len(names) == MONTH_PARTS + 1
    assert all(set(pack(kind).frames) == names for kind in KINDS)


@pytest.mark.parametrize("gone", ["agent", "team", "queue", "issue", "customer", "handle_ms",
                                  "friction_ms", "csat", "resolved", "repeat_contact",
                                  "confidence", "by_people", "systems"])  # fmt: skip
def test_any_column_may_be_missing(gone: str) -> None:
    reviews = full_reviews(600)
    found = monthly_pack(Material(reviews.drop(columns=[gone]), MONTH, rubric(), events(reviews)))
    assert pack_page(found).count("<section") == len(PARTS)
    empty = reviews.assign(**{gone: pd.NA if reviews[gone].dtype.kind == "O" else None})
    if gone != "by_people":
        assert pack_page(monthly_pack(Material(empty, MONTH, rubric()))).count("<section") == 11


def test_the_month_alone_is_of_the_month_and_the_window_reaches_back() -> None:
    found = pack("full")
    october = (full_reviews()["day"] >= "2026-10-01").sum()
    assert found.calls == len(found.frames["reviews"]) == october
    assert found.window_calls == 3000 and found.months == ("2026-07", "2026-08", "2026-09", MONTH)
    assert found.frames["bands_all"]["n"].max() == october
    assert found.frames["handling"]["n"].sum() == 3000


def test_the_same_reviews_make_the_same_pack() -> None:
    again = monthly_pack(Material(full_reviews(), MONTH, rubric(), events(full_reviews())))
    once = monthly_pack(Material(full_reviews(), MONTH, rubric(), events(full_reviews())))
    assert pack_page(again) == pack_page(once)


def test_reviews_that_no_call_can_have_are_refused() -> None:
    with pytest.raises(FrameError, match="csat: 99 in row 0"):
        monthly_pack(Material(full_reviews(50).assign(csat=99.0), MONTH, rubric()))
    with pytest.raises(ValueError, match="a month is written as 2026-10"):
        monthly_pack(Material(full_reviews(50), "October", rubric()))


# --- the page ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_one_file_that_asks_for_nothing_and_leads_somewhere(kind: str) -> None:
    tree = page(kind)
    assert foreign(tree) == [] and astray(tree) == []
    assert {"#" + place for place in PARTS.values()} <= {
        link.attributes["href"] for link in tree.all("a")
    }


def test_names_are_never_read_as_markup() -> None:
    text = pack_page(pack("hostile"))
    assert "<script>alert" not in text and "\u202e" not in text
    assert read(text).all("q")[0].text.startswith("<script>alert(1)</script>[U+202E]")
    assert ATTACK[:9] in said(page("hostile"))


def test_a_band_is_never_told_by_colour_alone() -> None:
    for mark in page("full").all(class_="band"):
        word = said(mark).strip().lower()
        assert re.search("green|orange|red|cannot tell|better|worse", word), word


def test_shapes_of_marks_differ_by_band() -> None:
    kinds = {}
    for mark in page("full").all():
        names = mark.attributes.get("class", "").split()
        if "mark" in names:
            kinds.setdefault(names[1], set()).add(" ".join(names[2:]))
    assert kinds["square"] == {"red"} and kinds["diamond"] == {"orange"}
    assert {"", "green"} >= kinds["disc"] and "cannot-tell-yet" in kinds["ring"]


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs")

    def written(kind):
        path = folder / f"{kind}.html"
        path.write_text(pack_page(pack(kind)), encoding="utf-8")
        return path

    return written


@pytest.mark.slow
class TestInABrowser:
    @pytest.mark.parametrize(("kind", "dark", "width"), LOOKS)
    def test_it_breaks_no_rule_of_accessibility(self, chromium, file, kind, dark, width):
        path = file(kind)
        with opened(chromium, path, dark=dark, width=width, height=9000) as window:
            assert broken(window, path, drawn=True) == []

    @pytest.mark.parametrize("width", [1200, 640, 400])
    @pytest.mark.parametrize("kind", ["full", "hostile"])
    def test_nothing_is_cut_off_at_the_side(self, chromium, file, kind, width):
        with opened(chromium, file(kind), width=width) as window:
            assert window.page.evaluate("document.documentElement.scrollWidth") <= width

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    def test_its_pictures_can_be_looked_at(self, chromium, file, dark):
        with opened(chromium, file("full"), dark=dark, width=1200, height=1500) as window:
            assert picture(window.page, f"pack-{'dark' if dark else 'light'}").stat().st_size > 9999

    def test_it_prints(self, chromium, file):
        with opened(chromium, file("full"), script=False) as window:
            window.page.emulate_media(media="print")
            pages = window.page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
            assert 3 <= pages <= 9
