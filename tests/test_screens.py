"""What every screen stands on: its words, its script, and asks that are answered once."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from desk_fixtures import place_in

from qa_review import widgets
from qa_review.base.errors import QAReviewError, UnknownName
from qa_review.widgets import shortcuts
from qa_review.widgets.anywidget import Screen
from qa_review.widgets.driver import Answer
from qa_review.widgets.front import FrontDriver
from qa_review.widgets.parts import STATIC
from qa_review.widgets.words import ENGLISH, HERE, Words, words

SCRIPTS = sorted(STATIC.glob("*.js"))
SCREENS = [
    getattr(widgets, name) for name in widgets.__all__ if name.endswith("Screen")
]  # fmt: skip
SAID = re.compile(r"""\bsay\(\s*"([a-z0-9_.]+)\"""")
EITHER = re.compile(r"""\bsay\(\s*[^"`()]*\?\s*"([^"]+)"\s*:\s*"([^"]+)\"""")
GAP = re.compile(r"\{(\w+)\}")


def text_of(paths: list[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


# --- words -------------------------------------------------------------------------------------


def keys_in(path: Path) -> set[str]:
    """The phrases that a script says. Where a screen's parts leave its name out, it is put back."""
    script = path.read_text(encoding="utf-8")
    said = {*SAID.findall(script), *(one for pair in EITHER.findall(script) for one in pair)}
    own = path.stem.split("_")[0]
    return {key if "." in key else f"{own}.{key}" for key in said}


def test_every_phrase_that_a_screen_says_is_in_the_catalogue() -> None:
    said = set().union(*map(keys_in, SCRIPTS))
    assert len(said) > 150
    assert not sorted(said - set(words().phrases))


def test_the_catalogue_has_no_phrase_that_nobody_says() -> None:
    """Keys that are put together, such as ``keys.${action}``, are known by how they begin."""
    script = text_of([*SCRIPTS, *STATIC.parent.glob("*.py")])
    parts = set(re.findall(r"[a-z0-9_.]+", script))
    begun = {one for one in re.findall(r"`([a-z_.]+)\$\{", script) if one.endswith((".", "_"))}
    unsaid = [
        key
        for key in words().phrases
        if key not in parts
        and key.partition(".")[2] not in parts
        and not any(name.startswith(one) for one in begun for name in (key, key.split(".", 1)[1]))
    ]
    assert unsaid == []


def test_no_script_shows_words_of_its_own() -> None:
    """Texts between tags would stay English in every language."""
    tags = "p|span|b|button|h[1-6]|label|th|td|option|legend|summary"
    shown = re.compile(rf'h\("(?:{tags})", (?:null|{{[^{{}}]*}}), "([A-Z][a-z]+)')
    script = re.sub(r"^\s*//.*$", "", text_of(SCRIPTS), flags=re.MULTILINE)
    assert shown.findall(script) == []


def test_another_language_takes_the_place_of_english_phrase_by_phrase(tmp_path: Path) -> None:
    folder = tmp_path / "ar"
    folder.mkdir()
    (folder / "desk.toml").write_text('hand_in = "سلّم"\n', encoding="utf-8")
    said = words(folder)
    assert (said.language, said.direction) == ("ar", "rtl")
    assert said.say("desk.hand_in") == "سلّم"
    assert said.say("desk.undo") == "Undo"
    assert words().direction == "ltr" and words().language == ENGLISH


def test_a_catalogue_with_a_strange_key_or_no_text_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "de"
    with pytest.raises(FileNotFoundError, match="no folder of words"):
        words(folder)
    folder.mkdir()
    (folder / "desk.toml").write_text('hand_inn = "Abgeben"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="hand_inn"):
        words(folder)
    (folder / "desk.toml").write_text("hand_in = 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match="must be a text"):
        words(folder)


def test_gaps_have_names_that_can_be_filled() -> None:
    for key, phrase in words().phrases.items():
        assert phrase.count("{") == len(GAP.findall(phrase)), key


# --- scripts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_a_script_asks_nothing_of_other_hosts_and_stands_alone(screen: type[Screen]) -> None:
    script = screen._esm
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", script))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.findall(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacent|eval\(",
                          script, re.MULTILINE)  # fmt: skip
    assert script.count("export default") == 1


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_a_script_can_be_read_by_an_engine(screen: type[Screen], tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed; the browser tests read the scripts too")
    file = tmp_path / "screen.mjs"
    file.write_text(screen._esm, encoding="utf-8")
    done = subprocess.run(["node", "--check", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# --- asks --------------------------------------------------------------------------------------


class Counting:
    """A driver that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, ask: str, given: dict) -> Answer:
        self.asked.append(ask)
        if ask == "refuse":
            raise QAReviewError("not today")
        if ask == "break":
            raise KeyError("a fault")
        if ask == "bytes":
            return Answer({"at": 0}, (b"\0\1",))
        return Answer({"n": len(self.asked), **given})


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    class Here(Screen):
        _esm = "export default {}"

    made = Here(Counting(), said=Words("en", "ltr", {"screen.late": "late"}))
    made.sent = []
    monkeypatch.setattr(made, "send", lambda *message: made.sent.append(message))
    return made


def asked(screen: Screen, id_: str, ask: str, **given: object) -> tuple:
    oldest = given.pop("oldest", 1)
    screen._asked(screen, {"id": id_, "ask": ask, "given": given, "oldest": oldest}, [])
    return screen.sent[-1]


def test_an_ask_that_is_sent_again_is_answered_alike_and_done_once(screen: Screen) -> None:
    first = asked(screen, "a.1", "decide", level=3)
    assert first[0] == {"id": "a.1", "content": {"n": 1, "level": 3}}
    assert asked(screen, "a.1", "decide", level=3)[0] == first[0]
    assert screen._driver.asked == ["decide"]
    assert asked(screen, "a.2", "decide", level=3)[0]["content"]["n"] == 2


def test_it_is_done_once_however_much_is_asked_in_between(screen: Screen) -> None:
    asked(screen, "a.1", "remark")
    for number in range(1, 2000):
        asked(screen, f"b.{number}", "news", oldest=number)
    asked(screen, "a.1", "remark")
    assert screen._driver.asked.count("remark") == 1
    assert len(screen._answered["b"]) == 1  # what was heard is not kept


def test_an_ask_that_comes_twice_at_once_is_done_once(screen: Screen) -> None:
    """A notebook may answer in more than one thread."""
    answer, begun = screen._driver.answer, threading.Event()

    def slowly(ask: str, given: dict) -> Answer:
        begun.set()
        time.sleep(0.2)
        return answer(ask, given)

    screen._driver.answer = slowly
    first = threading.Thread(target=asked, args=(screen, "a.1", "decide"))
    first.start()
    assert begun.wait(10)
    asked(screen, "a.1", "decide")
    first.join()
    assert screen._driver.asked == ["decide"]
    assert [sent[0]["id"] for sent in screen.sent] == ["a.1", "a.1"]


def test_what_is_refused_is_told_in_its_words_and_a_fault_with_its_name(
    screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    assert asked(screen, "a.1", "refuse")[0] == {"id": "a.1", "problem": "not today"}
    assert not caplog.records
    told = asked(screen, "a.2", "break")[0]["problem"]
    assert told == "break: KeyError('a fault')"
    assert caplog.records  # with its trace, for whoever mends it


def test_bytes_go_beside_the_answer(screen: Screen) -> None:
    assert asked(screen, "a.1", "bytes") == ({"id": "a.1", "content": {"at": 0}}, [b"\0\1"])


def test_the_words_are_the_first_answer(screen: Screen) -> None:
    content = asked(screen, "a.1", "begin")[0]["content"]
    assert content == {
        "words": {"screen.late": "late"}, "language": "en", "direction": "ltr"}  # fmt: skip


def test_nothing_of_a_call_is_in_the_state_of_a_screen(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    said = place.record("call-a").review.transcript
    for make in (widgets.desk, widgets.room, widgets.board, widgets.front, widgets.workshop):
        made = make(place=place)
        state = json.dumps(made.get_state(), default=str)
        assert not [turn.text for turn in said.turns if len(turn.text) > 20 and turn.text in state]
        assert "call-a" not in state


# --- the tabs ----------------------------------------------------------------------------------


def test_the_front_passes_asks_on_and_makes_each_screen_when_it_is_opened(tmp_path: Path) -> None:
    front = FrontDriver(place_in(tmp_path))
    look = front.answer("look", {}).content
    assert look == {"who": "ann", "tabs": ["review", "calibrate", "team", "rubric"]}
    assert front._open == {}
    assert front.answer("review.look", {}).content["first"] == "call-a"
    assert front.answer("review.open", {"call": "call-b"}).content["call"] == "call-b"
    assert list(front._open) == ["review"]
    assert front.answer("calibrate.start", {}).content["who"] == "ann"
    with pytest.raises(UnknownName, match="ask"):
        front.answer("garden.look", {})


def test_the_team_beside_a_blind_desk_tells_no_level_of_a_call_that_is_not_done(
    tmp_path: Path,
) -> None:
    front = FrontDriver(place_in(tmp_path))
    assert front.answer("team.look", {"look": {}}).content["blind"]
    part = front.answer("team.open", {"call": "call-b"}).content["part"]
    assert front.answer(f"team.{part}.look", {}).content["blind"]


# --- keys --------------------------------------------------------------------------------------


def test_a_key_belongs_to_one_action(tmp_path: Path) -> None:
    file = tmp_path / "own" / "shortcuts.json"
    assert shortcuts.shortcuts(file) == shortcuts.KEYS
    shortcuts.choose("level_4", "q", file)
    assert shortcuts.shortcuts(file)["level_4"] == "q"
    taken = shortcuts.choose("help", "q", file)
    assert (taken["help"], taken["level_4"]) == ("q", "")
    assert shortcuts.shortcuts(file) == taken
    with pytest.raises(ValueError, match="no action 'dance'"):
        shortcuts.choose("dance", "d", file)


@pytest.mark.parametrize("kept", ["", "[]", '{"level_1": 3, "dance": "d"}', "{"])
def test_keys_that_can_not_be_read_are_those_that_come_with_it(tmp_path: Path, kept: str) -> None:
    file = tmp_path / "shortcuts.json"
    file.write_text(kept, encoding="utf-8")
    assert shortcuts.shortcuts(file) == shortcuts.KEYS


def test_no_two_actions_share_a_key() -> None:
    keys = list(shortcuts.KEYS.values())
    assert len(keys) == len(set(keys))
    assert HERE.is_dir()
