"""What a page shows of a score that is unproven, left open, or told as chances."""

from __future__ import annotations

from dataclasses import replace

import page_fixtures as fixtures
import pytest
from browser.shape import read

from qa_review.grade.scores import Overall, Score
from qa_review.view.page import render_page

FULL, UNSURE = fixtures.review(), fixtures.unsure()


def tree(review):
    return read(render_page(review, fixtures.TITLES, None))


def texts(elements):
    return [" ".join(element.text.split()) for element in elements]


@pytest.fixture(scope="module")
def page():
    return tree(FULL)


@pytest.fixture(scope="module")
def unsure():
    return tree(UNSURE)


def test_an_unproven_level_has_a_chip_in_text_and_its_reason(unsure):
    cards = unsure.all("article")
    assert texts(cards[1].all("p", class_="level")) == ["5 of 5 unproven"]
    assert texts(cards[1].all("span", class_="chip")) == ["unproven"]
    assert "Unproven: agreement with people on 60 calls: kappa 0.31" in cards[1].text
    assert "Unproven: there is no trust card of this scorer" in cards[3].text


def test_a_proven_level_has_no_chip_and_no_reason(page, unsure):
    for card in (unsure.all("article")[0], *page.all("article")):
        assert not card.all("span", class_="chip") and "nproven" not in card.text


def test_a_behaviour_left_open_says_so_and_not_that_it_was_not_observed(unsure):
    card = unsure.all("article")[2]
    assert texts(card.all("p", class_="level")) == ["open"]
    verdict = texts(card.all("div", class_="verdict")[0].all("p"))
    assert verdict[0].startswith("Left open: the likeliest level, 3, has a chance of 0.33")
    assert len(verdict) == 2 and verdict[1].startswith("Chances")
    assert "Not observed" not in card.text and not card.all("rect")


def test_a_behaviour_of_which_nothing_is_proven_nor_observed_has_a_reason_and_no_chip():
    nothing = Score("listening", None, 0.9, "", "no opportunity", unproven="too few calls")
    (card,) = tree(replace(FULL, scores=(nothing,))).all("article")
    assert texts(card.all("p", class_="level")) == ["N/A"]
    assert "Unproven: too few calls" in card.text


def test_chances_stand_in_place_of_the_confidence(unsure):
    verdicts = [" ".join(box.text.split()) for box in unsure.all("div", class_="verdict")]
    assert "Chances of levels 1 to 5: 2 %, 10 %, 10 %, 37 %, 41 %" in verdicts[1]
    assert ["Confidence" in verdict for verdict in verdicts] == [False, False, False, True, True]
    assert ["Chances" in verdict for verdict in verdicts] == [True, True, True, False, False]


def test_the_quotes_that_move_a_level_most_come_first_whatever_their_weight(unsure):
    folded = unsure.all("article")[0].all("div", class_="stance")[0].all("details")[0]
    assert texts(folded.all("q")) == ["I'm not surprised you're fed up."]  # 0.85, moves nothing


def test_what_moves_a_level_either_way_counts_by_how_far():
    piece = UNSURE.scores[0].evidence[0]
    moves = (0.1, -0.5, 0.2, 0.3, -0.4)
    listening = Score("listening", 4, 0.7, "because", evidence=tuple(
        replace(piece, finder=f"finder {moved}", moves=moved) for moved in moves
    ))  # fmt: skip
    (card,) = tree(replace(FULL, scores=(listening,))).all("article")
    (folded,) = card.all("div", class_="stance")[0].all("details")
    assert len(folded.all("li")) == 1 and "finder 0.1 " in folded.text


def test_a_quote_says_by_how_much_it_moves_the_level_where_it_does(unsure):
    found = texts(unsure.all("article")[0].all("span", class_="finder"))
    assert found == [
        "\u00b7 patterns 0.90 \u00b7 moves +0.12",
        "\u00b7 patterns 0.50 \u00b7 moves +0.31",
        "\u00b7 patterns 0.70 \u00b7 moves +0.24",
        "\u00b7 patterns 0.80 \u00b7 moves +0.18",
        "\u00b7 patterns 0.85",
        "\u00b7 patterns 0.80 \u00b7 moves -0.44",
        "\u00b7 patterns 0.60",  # moves by less than 0.005
    ]


def test_the_behaviours_at_a_glance_say_what_is_unproven_or_open(unsure):
    glance = unsure.all("nav", class_="glance")[0]
    assert texts(glance.all("span", class_="level")) == [
        "4", "5? unproven", "open", "4? unproven", "N/A",
    ]  # fmt: skip
    assert [len(link.all("svg")) for link in glance.all("a")] == [1, 1, 0, 1, 0]
    (meant,) = texts(glance.all("p"))
    assert meant.startswith(
        "? unproven: agreement with people has not been shown for this behaviour yet"
    )
    assert "open: there was something to judge" in meant


def test_a_screen_reader_hears_a_word_in_place_of_the_sign(unsure):
    level = unsure.all("nav", class_="glance")[0].all("span", class_="level")[1]
    assert level.all("span", class_="query")[0].attributes["aria-hidden"] == "true"
    assert level.all("span", class_="heard-only")[0].text == " unproven"


def test_signs_are_told_only_where_there_are_any(page):
    assert not page.all("nav", class_="glance")[0].all("p")
    unproven = tuple(replace(score, unproven="why") for score in fixtures.unscored().scores)
    none = tree(replace(fixtures.unscored(), scores=unproven)).all("nav", class_="glance")[0]
    assert not none.all("p") and "unproven" not in none.text


def test_the_overall_figure_says_how_much_of_it_is_open_or_unproven(unsure):
    box = unsure.all("div", class_="overall")[0]
    assert "4 of 5 behaviours observed, 1 left open, 2 unproven" in box.text


def test_a_call_that_was_left_open_whole_was_observed_all_the_same():
    scores = tuple(replace(s, level=None, why_none="Left open", abstained=True, unproven="why")
                   for s in FULL.scores)  # fmt: skip
    box = tree(replace(FULL, scores=scores, overall=Overall(None))).all("div", class_="overall")[0]
    assert "5 of 5 behaviours observed, 5 left open" in box.text
    assert "unproven" not in box.text
