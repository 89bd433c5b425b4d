"""What stands behind a workshop: drafts, their problems, what they do to calls, and versions."""

from __future__ import annotations

import sys

import pytest
from workshop_fixtures import CALLS, TEXT, asked, place_in, seen, workshop_at

from qa_review.base.errors import Conflict, RubricError, UnknownName
from qa_review.keep.audit import trail
from qa_review.keep.calls import keep_rubric_text, rubric_of, rubric_text, versions
from qa_review.keep.drafts import Draft
from qa_review.widgets.workshop import WorkshopScreen, workshop
from qa_review.widgets.workshop_draft import History, RubricDraft, Splice

BASE = "desk.v1"
KIND = ["indicators", "kind", "patterns"]


@pytest.fixture
def place(tmp_path):
    return place_in(tmp_path)


@pytest.fixture
def drafts(tmp_path):
    return tmp_path / "drafts"


@pytest.fixture
def driver(place, drafts):
    return workshop_at(place, drafts)


def put(driver, *edits, base=BASE):
    return asked(driver, "set", base=base, edits=[list(edit) for edit in edits], see=seen())


def pity(driver):
    """A pattern that brings evidence, and makes an example fail."""
    return put(driver, (["indicators", "kind", "patterns", 1], "a pity"))


def save(driver, file=""):
    mark = asked(driver, "see", base=BASE, see=seen())["mark"]
    return asked(driver, "save", base=BASE, mark=mark, file=file)


def test_a_workshop_tells_which_versions_and_calls_there_are(driver):
    told = asked(driver, "look")
    assert [(one["name"], one["where"]) for one in told["versions"]] == [
        ("behaviours.v1", "shipped"), ("desk.v1", "store"), ("leader_craft.v1", "shipped"),
    ]  # fmt: skip
    assert (told["first"], told["chosen"]) == (BASE, list(CALLS))


def test_the_first_edit_begins_a_draft_of_the_next_version(driver, drafts):
    before = asked(driver, "see", base=BASE, see=seen())
    assert (before["version"], before["changed"], before["undo"]) == ("2", False, False)
    assert not drafts.exists()
    after = pity(driver)
    assert (after["changed"], after["undo"], after["problems"]) == (True, True, [])
    assert after["text"] == TEXT.replace('"bless you",\n]', '"bless you",\n  "a pity",\n]')
    assert after["item"]["patterns"] == ["bless you", "a pity"]
    assert [one["state"] for one in after["outline"]["indicators"]] == ["edited", ""]


def test_an_edit_does_to_calls_what_the_preview_says(driver):
    pity(driver)
    told = asked(driver, "preview", base=BASE, calls=list(CALLS), scorer="rules")["done"]
    (piece,) = told["call-1"]["pieces"]
    assert (piece["text"], piece["title"], piece["appears"]) == ("What a pity.", "Care", True)
    assert told["call-1"]["turns"]["1"]["text"].startswith("What a pity. And")
    (moved,) = told["call-1"]["moved"]
    assert (moved["before"]["level"], moved["after"]["level"]) == (2, 4)
    assert (told["call-2"]["pieces"], told["call-2"]["moved"]) == ([], [])


def test_examples_are_run_with_every_edit_and_the_scorer_is_named(driver):
    told = asked(driver, "check", base=BASE)
    assert all(run["holds"] for run in told["runs"])
    assert told["scorer"] == {"before": "rules", "after": "rules", "common": "rules"}
    pity(driver)
    (wrong,) = [run for run in asked(driver, "check", base=BASE)["runs"] if not run["holds"]]
    assert (wrong["said"], wrong["found"], wrong["key"], wrong["number"]) == (
        "it is a pity about the lift", True, "not_met", 1,
    )  # fmt: skip


def test_a_sentence_is_tried_on_the_draft(driver):
    pity(driver)
    told = asked(driver, "try", base=BASE, customer="", agent="what a pity, next please")
    assert [(one["indicator"], one["before"], one["after"]) for one in told] == [
        ("kind", False, True), ("curt", True, True),
    ]  # fmt: skip


def test_a_draft_with_problems_names_each_with_its_line(driver):
    state = put(
        driver, ([*KIND, 0], "bless (you"), (["behaviours", "care", "anchors", "3"], ""),
        (["behaviours", "care", "weight"], "much"),
    )  # fmt: skip
    lines = state["text"].splitlines()
    told = {one["where"]: lines[one["line"] - 1] for one in state["problems"]}
    assert told["indicators.kind.patterns"] == "patterns = ["
    assert told["behaviours.care.anchors.3"].startswith("anchors = {")
    assert told["behaviours.care.weight"] == 'weight = "much"'
    for ask, given in (("check", {}), ("preview", {"calls": [], "scorer": "rules"})):
        with pytest.raises(RubricError):
            asked(driver, ask, base=BASE, **given)
    with pytest.raises(RubricError) as refused:
        save(driver)
    assert len(refused.value.problems) == len(state["problems"]) == 4


def test_text_that_is_no_toml_has_a_line_and_can_be_mended(driver):
    at = TEXT.index('"Care"')
    broken = asked(driver, "splice", base=BASE, at=at, was='"Care"', now='"Care', see=seen())
    assert broken["outline"] is None and broken["item"] is None
    (problem,) = broken["problems"]
    assert problem["line"] == TEXT[:at].count("\n") + 1 and "not TOML" in problem["text"]
    assert asked(driver, "undo", base=BASE, see=seen())["problems"] == []


def test_text_that_was_changed_meanwhile_is_not_overwritten(driver):
    pity(driver)
    with pytest.raises(Conflict, match="changed elsewhere"):
        asked(driver, "splice", base=BASE, at=3, was="something", now="else", see=seen())


def test_undo_and_redo_outlive_the_kernel(driver, place, drafts):
    first, second = pity(driver)["text"], put(driver, (["title"], "Desk"))["text"]
    other = workshop_at(place, drafts)
    assert asked(other, "look")["first"] == BASE
    assert asked(other, "see", base=BASE, see=seen())["text"] == second
    assert asked(other, "undo", base=BASE, see=seen())["text"] == first
    assert asked(other, "undo", base=BASE, see=seen())["text"] == TEXT
    assert asked(driver, "redo", base=BASE, see=seen())["text"] == first
    left = asked(other, "discard", base=BASE, see=seen())
    assert (left["text"], left["kept"], left["redo"]) == (TEXT, False, False)


def test_news_of_another_window_comes_once(driver, place, drafts):
    mark = asked(driver, "see", base=BASE, see=seen())["mark"]
    assert asked(driver, "news", base=BASE, mark=mark, see=seen()) is None
    pity(workshop_at(place, drafts))
    assert asked(driver, "news", base=BASE, mark=mark, see=seen())["changed"]


def test_indicators_and_behaviours_are_added_and_removed(driver):
    state = asked(driver, "add", base=BASE, kind="indicators", name="slow", see=seen(name="slow"))
    assert state["item"]["id"] == "slow" and state["problems"]
    for name in ("slow", "Slow one", "1st"):
        with pytest.raises(ValueError, match="id"):
            asked(driver, "add", base=BASE, kind="indicators", name=name, see=seen())
    put(
        driver,
        (["indicators", "slow", "meaning"], "is slow"), (["indicators", "slow", "says"], "w"),
        (["indicators", "slow", "for"], ["care"]), (["indicators", "slow", "patterns", 0], "wait"),
        (["indicators", "slow", "met", 0], {"agent": "wait", "customer": "well"}),
    )  # fmt: skip
    state = put(driver, (["indicators", "slow", "not_met", 0], {"agent": "yes", "customer": ""}))
    assert state["problems"] == []
    assert '[[indicators]]\nid = "slow"' in state["text"]
    assert 'met = [{ customer = "well", agent = "wait" }]\nnot_met = ["yes"]' in state["text"]
    see = seen("behaviours", "care")
    signs = asked(driver, "see", base=BASE, see=see)["item"]["signs"]
    assert [(one["id"], one["side"], one["points"]) for one in signs] == [
        ("kind", "for", 2.0), ("curt", "against", -1.0), ("slow", "for", None),
    ]  # fmt: skip
    assert (
        asked(driver, "remove", base=BASE, kind="indicators", name="slow", see=see)["text"] == TEXT
    )


def test_saving_makes_a_version_with_its_comments_and_ends_the_draft(driver, place, tmp_path):
    text = put(driver, ([*KIND, 1], "what a pity"))["text"]
    file = tmp_path / "rubrics" / "desk.v2.toml"
    assert save(driver, str(file)) == {
        "id": "desk", "version": "2", "name": "desk.v2", "file": str(file),
    }  # fmt: skip
    with place.store.reading() as reader:
        kept = versions(reader, "desk")
        assert [one.version for one in kept] == ["1", "2"]
        made = rubric_text(reader, kept[1])
        assert rubric_of(reader, kept[1]).indicator("kind").patterns[1].text == "what a pity"
        assert rubric_text(reader, kept[0]) == TEXT
    assert made == text.replace('version = "1"', 'version = "2"') == file.read_text("utf-8")
    assert "# said in the north" in made and "# on the page" in made
    assert trail(place.store)[-1].by == "ann"
    told = asked(driver, "look")
    assert [one["name"] for one in told["versions"]][1:3] == ["desk.v2", "desk.v1"]
    assert not any(one["draft"] for one in told["versions"]) and told["first"] == "desk.v2"
    assert asked(driver, "see", base="desk.v2", see=seen())["version"] == "3"


def test_a_file_that_is_there_is_never_written_over(driver, place, tmp_path):
    put(driver, (["title"], "Desk"))
    file = tmp_path / "mine.toml"
    file.write_text("mine", encoding="utf-8")
    for path, error in ((file, FileExistsError), (tmp_path / "mine.txt", ValueError)):
        with pytest.raises(error):
            save(driver, str(path))
    assert file.read_text("utf-8") == "mine"
    with place.store.reading() as reader:
        assert len(versions(reader, "desk")) == 1
    assert asked(driver, "see", base=BASE, see=seen())["changed"]


def test_what_does_not_hold_is_not_saved(driver):
    with pytest.raises(ValueError, match="nothing is changed"):
        save(driver)
    pity(driver)
    with pytest.raises(RubricError, match=r"not_met\[2\]: kind is found in 'it is a pity"):
        save(driver)
    with pytest.raises(ValueError, match="changed elsewhere"):
        asked(driver, "save", base=BASE, mark="another", file="")


def test_a_version_that_somebody_else_saved_is_left_alone(driver, place):
    put(driver, (["title"], "Desk"))
    other = TEXT.replace('version = "1"', 'version = "2"').replace("Front desk", "Theirs")
    with place.store.writing() as unit:
        keep_rubric_text(unit, other, "theirs", "kim")
    assert save(driver)["version"] == "3"


def test_a_version_named_in_the_text_is_taken_when_it_is_free(driver):
    assert put(driver, (["version"], "2026-trial"))["version"] == "2026-trial"
    assert save(driver)["version"] == "2026-trial"


def test_calls_being_calibrated_are_left_out(driver, monkeypatch):
    module = sys.modules[type(driver).__module__]
    monkeypatch.setattr(module, "sealed_calls", lambda store: {"call-1"})
    told = asked(driver, "look")
    assert (told["calls"], told["sealed"]) == (["call-2"], 1)
    pity(driver)
    done = asked(driver, "preview", base=BASE, calls=["call-1"], scorer="rules")["done"]
    assert "after the reveal" in done["call-1"]["problem"]


def test_the_diff_names_both_versions(driver):
    pity(driver)
    lines = asked(driver, "diff", base=BASE)["text"].splitlines()
    assert lines[:2] == ["--- desk.v1", "+++ desk.v2"] and '+  "a pity",' in lines


def test_what_is_not_there_is_refused(driver):
    for ask, given in (("see", {"base": "desk.v9", "see": {}}), ("dance", {})):
        with pytest.raises(UnknownName):
            driver.answer(ask, given)
    with pytest.raises(UnknownName):
        asked(driver, "add", base=BASE, kind="critical", name="x", see=seen())


def test_a_splice_is_the_shortest_and_comes_undone():
    splice = Splice.between("aab", "aaab")
    assert splice == Splice(2, "", "a")
    for one, other in (("", "x"), ("abc", "abc"), ("abcabc", "abc"), ("résumé", "resumé")):
        made = Splice.between(one, other)
        assert made.on(one) == other and made.undone().on(other) == one


def test_a_draft_passes_over_what_does_not_fit(tmp_path):
    draft = RubricDraft("abc", Draft.of("rubric", folder=tmp_path))
    draft.write("abd")
    draft.draft.add({"do": "Spliced", "at": 0, "was": "zzz", "now": ""})
    draft.draft.add({"do": "Undone"})
    draft.draft.add({"do": "Undone"})
    assert draft.history() == History("abc", (), (Splice(2, "c", "d"),))


def test_a_workshop_is_a_widget(place, monkeypatch):
    sent = []
    monkeypatch.setattr(WorkshopScreen, "send", lambda self, reply, *_: sent.append(reply))
    screen = workshop(place)
    screen._asked(screen, {"id": "1", "ask": "look", "given": {}, "oldest": 1}, [])
    assert sent[0]["content"]["first"] == BASE
