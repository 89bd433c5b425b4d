"""``qa-review session``, ``dispute`` and ``store``, as people type them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import store_fixtures as fixtures
from pair_calls import every_call
from store_fixtures import BEHAVIOURS, LINES, candidate

import qa_review
from qa_review import meet
from qa_review.__main__ import main
from qa_review.capture.recording import Call
from qa_review.keep.answers import NotObserved
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.keep.store import open_store
from qa_review.meet.choose import Candidate, Choice
from qa_review.meet.keys import Keys
from qa_review.meet.sessions import all_sessions
from qa_review.run.ballot_files import read_forms

TURNS = [{"speaker": who, "text": text} for who, text in LINES]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a file of dialogues; keys lie in it too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_REVIEW_KEYS", str(tmp_path / "keys"))
    lines = [json.dumps({"id": f"call-{n}", "turns": TURNS}) for n in range(1, 5)]
    (tmp_path / "calls.jsonl").write_text("\n".join(lines))
    return tmp_path


@pytest.fixture
def run(capsys):
    """Runs a command; what it printed, and what it complained of."""

    def call(*words: str, fails: int = 0) -> str:
        status = main([*map(str, words)])
        told = capsys.readouterr()
        assert status == fails, told.err
        return told.err if fails == 2 else told.out + told.err

    return call


def create(run, *more: str, name: str = "March") -> str:
    """A session of ann and bo about call-1 and call-2; its id."""
    how = more or ("--pick", "call-1", "call-2")
    told = run("session", "create", name, "--as", "kim", "--raters", "ann, bo",
               "--calls", "calls.jsonl", *how)  # fmt: skip
    (made,) = [one for one in all_sessions(open_store("sqlite:qa.db")) if one.name == name]
    assert f"qa-review session join {made.id} --as ann" in told
    return made.id


def fill(path: Path, **changes: str) -> None:
    """Fill a form in as a person does: a level and reason a row."""
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    for row in rows:
        row |= {"level": "3", "reason": "=as heard", **changes}
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def hand_in(run, session: str, rater: str, **changes: str) -> str:
    run("session", "join", session, "--as", rater)
    run("session", "form", session, "--as", rater, "--out", rater)
    fill(Path(rater) / "form.csv", **changes)
    return run("session", "score", session, "--as", rater, "--ballots", f"{rater}/form.csv")


def test_a_session_from_creation_to_the_report(run, here, monkeypatch):
    session = create(run)
    hand_in(run, session, "ann", quote="missed again", stance="against")
    hand_in(run, session, "bo", level="5")
    assert "sealed" in run("session", "status", session)
    assert "2 of 2" in run("session", "status", session)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "not revealed" in run("session", "reveal", session, "--as", "kim", fails=1)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    told = run("session", "reveal", session, "--as", "kim")
    assert "Reveal? [y/N]" in told and "ballots open: 4; missing: 0" in told
    assert "call-1 listening: ann 3, bo 5" in told
    one = ("--call", "call-1", "--behaviour", "listening")
    run("session", "remark", session, "--as", "bo", *one, "heard it twice")
    run("session", "vote", session, "--as", "ann", *one, "--level", "5", "--reason", "yes")
    told = run("session", "decide", session, "--as", "kim", *one, "--level", "5", "--reason",
               "anchor 5", "--anchor", "4=Names the feeling.", "--tell", "ann=hear it")  # fmt: skip
    assert '+4 = "Names the feeling."' in told and "version 2" in told
    assert Path("behaviours.v2.toml").read_text().count('version = "2"') == 1
    told = run("session", "decide", session, "--as", "kim", *one, "--drop", "ack_content",
               "--reason", "nobody agrees")  # fmt: skip
    assert "-ack_content = " in told and Path("behaviours.v3.toml").is_file()
    run("session", "report", session, "--out", "march")
    page = Path("march/session.html").read_text()
    assert "March" in page and "heard it twice" in page and "Names the feeling." in page
    quotes = pd.read_csv("march/quotes.csv")
    assert set(quotes["quote"]) == {"missed again"} and set(quotes["stance"]) == {"against"}
    assert len(pd.read_parquet("march/ballots.parquet")) == 20
    assert "revealed" in run("session", "list")
    assert "session revealed" in run("store", "trail")
    assert "the audit trail is whole" in run("store", "status")


def test_one_call_can_be_scored_without_a_form(run):
    session = create(run)
    run("session", "join", session, "--as", "ann")
    answers = [f"{name}=4" for name in BEHAVIOURS[:-1]] + ["learning=N/A:nothing: to learn"]
    score = ("session", "score", session, "--as", "ann")
    told = run(*score, "--call", "call-1", "--answers", *answers, "--note", "2=upset")
    assert "handed in, receipt" in told and "outstanding: call-2" in told
    told = run("session", "mine", session, "--as", "ann")
    assert "learning N/A  nothing: to learn" in told and "call-2: nothing handed in" in told
    assert "no answer for learning" in run(
        *score, "--call", "call-1", "--answers", *answers[:-1], fails=2
    )
    assert "give --ballots FILE" in run(*score, "--call", "call-1", fails=2)
    for word in ("listening", "listening=9", "learning=N/A"):
        assert "qa-review: " in run(*score, "--call", "call-1", "--answers", word, fails=2)
    bad = run(*score, "--call", "call-1", "--answers", *answers, "--note", "x=upset", fails=2)
    assert "a turn's number" in bad


def test_a_wrong_row_costs_its_call_and_no_other(run):
    session = create(run)
    run("session", "join", session, "--as", "ann")
    run("session", "form", session, "--as", "ann", "--out", "ann")
    path = Path("ann/form.csv")
    fill(path)
    lines = path.read_text().splitlines()
    lines[1] = lines[1].replace(",3,", ",seven,", 1)
    path.write_text("\n".join(lines))
    told = run("session", "score", session, "--as", "ann", "--ballots", path, fails=1)
    assert "call-1: not handed in: line 2: a level is 1 to 5 or N/A, not 'seven'" in told
    assert "call-2: handed in" in told and "outstanding: call-1" in told


def test_a_form_keeps_what_was_handed_in_and_is_never_overwritten(run):
    session = create(run)
    hand_in(run, session, "ann", level="2")
    bad = run("session", "form", session, "--as", "ann", "--out", "ann", fails=2)
    assert "is there already" in bad
    run("session", "form", session, "--as", "ann", "--out", "again")
    forms = read_forms(Path("again/form.csv"))
    assert [form.answers for form in forms] == [dict.fromkeys(BEHAVIOURS, 2)] * 2
    assert set(forms[0].reasons.values()) == {"=as heard"}  # its mark against formulas is off
    text = Path("again/call-1.txt").read_text()
    assert "   2  customer  my bin was missed again" in text


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["call-1,listening,3,,,", "call-1,listening,4,,,"], "has a level already"),
        (["call-1,listening,,why,,"], "has a reason and no level"),
        (["call-1,listening,3,,tuesday,maybe"], "for or against, not 'maybe'"),
        (["call-1,learning,n/a,,,"], "N/A needs a reason"),
    ],
)
def test_what_a_form_can_not_mean_is_told_with_its_line(here, rows, told):
    path = here / "form.csv"
    path.write_text("\n".join(["call,behaviour,level,reason,quote,stance", *rows]))
    (form,) = read_forms(path)
    assert told in form.problems[0] and form.problems[0].startswith(f"line {len(rows) + 1}: ")


def test_further_quotes_stand_in_further_rows_and_any_delimiter_will_do(here):
    path = here / "form.csv"
    path.write_text("\ufeffcall;behaviour;level;reason;quote;stance\n"
                    "call-1;listening;4.0;;missed again;for\n"
                    "call-1;listening;;;which day;\n", encoding="utf-8")  # fmt: skip
    (form,) = read_forms(path)
    (score,) = form.scores(fixtures.said())
    assert [(e.stance, e.quote.text) for e in score.evidence] == [
        ("for", "missed again"), ("for", "which day"),
    ]  # fmt: skip


def test_calls_are_drawn_by_seed_or_by_doubt_and_the_scorer_can_rate(run):
    session = create(run, "--random", "2", "--seed", "5", "--automatic")
    assert "qa_review" in run("session", "status", session)
    again = create(run, "--uncertain", "3", "--automatic", "--reviewed", name="April")
    told = run("session", "status", again)
    assert "3 of 3" in told  # the scorer's own ballots
    bad = run("session", "create", "X", "--as", "kim", "--raters", "ann,bo", "--random", "2",
              "--store", "sqlite:empty.db", fails=2)  # fmt: skip
    assert "holds no calls: say where they are with --calls" in bad


def test_a_deadline_that_is_over_is_told(run):
    session = create(run, "--random", "1", "--deadline", "2020-01-01T12:00Z")
    assert "deadline: 2020-01-01 12:00 UTC (over)" in run("session", "status", session)


@pytest.fixture
def results(here: Path) -> Path:
    """A folder of results with the scorer's review of two calls."""
    folder = ResultsFolder(here / "reviews")
    folder.make()
    for number in (1, 2):
        review = candidate(f"call-{number}").review
        review = replace(review, call=replace(review.call, agent="dev"))
        said = json.dumps({"id": review.call.id, "turns": TURNS})
        folder.write(Record(review, "h", "s", "p"), vtt="WEBVTT\n", transcript=said)
    return folder.path


def test_results_are_taken_in_disputed_decided_and_carried_to_another_store(run, results):
    assert "2 calls are in sqlite:qa.db" in run("store", "take", results)
    run("store", "take", results)
    told = run("dispute", "open", "call-1", "--as", "dev", "--behaviour", "listening",
               "--reason", "I let her finish", "--quote", "my bin was missed")  # fmt: skip
    assert "dispute d-0001 is open" in told
    told = run("dispute", "decide", "d-0001", "--as", "kim", "--level", "4", "--reason", "so it is")
    assert "listening of call-1 is now 4" in told
    told = run("dispute", "list", "--out", "tables")
    assert "changed" in told and "behaviour listening: 1 opened, 1 decided, changed 100%" in told
    assert len(pd.read_csv("tables/disputes.csv")) == 1
    assert len(pd.read_csv("tables/dispute_trends.csv")) == 3
    for kind in ("csv", "parquet"):
        assert "rows of 22 tables" in run("store", "export", kind, "--format", kind)
        run("store", "import", kind, "--store", f"sqlite:{kind}.db")
        told = run("store", "status", "--store", f"sqlite:{kind}.db")
        assert "reviews               3" in told and "the audit trail is whole" in told
    bad = run("dispute", "list", "--store", "sqlite:new.db", fails=2)
    assert "there is no store " in bad and "new.db: say which with --store" in bad
    assert not Path("new.db").exists()


def test_master_scores_of_sessions_feed_trust_and_fit(run):
    session = create(run)
    hand_in(run, session, "ann")
    run("session", "reveal", session, "--as", "kim", "--yes")
    told = run("trust", "--store", "sqlite:qa.db", fails=2)
    assert "has no master scores on behaviours: decide some first" in told
    for call in ("call-1", "call-2"):
        for name in BEHAVIOURS:
            run("session", "decide", session, "--as", "kim", "--call", call, "--behaviour", name,
                "--level", "3", "--reason", "so")  # fmt: skip
    run("trust", "--store", "sqlite:qa.db", "--out", "trust")
    card = json.loads(Path("trust/trust.json").read_text())
    assert card["count"] == 2 and card["calls"] == "the calibration sessions"
    assert "at least 20" in run("fit", "--store", "sqlite:qa.db", fails=2)
    for words in (("trust",), ("trust", "m.csv"), ("trust", "m.csv", "--store", "sqlite:qa.db")):
        assert "qa-review: " in run(*words, fails=2)


def test_the_master_scores_of_sessions_fit_the_scorer_in_one_call(here):
    store, keys, said = open_store("memory"), Keys(here / "keys"), list(every_call())[:24]
    choice = Choice(tuple(Candidate(Call(one.call_id), one) for one in said), "by hand")
    made = meet.create(store, "March", choice, rubric=fixtures.RUBRIC_FILE, raters=["ann", "bo"],
                       lead="kim", keys=keys)  # fmt: skip
    meet.reveal(store, made.id, by="kim", keys=keys)
    for one in said:
        for score in qa_review.score(one).scores:
            milder = NotObserved("none") if score.level is None else min(5, score.level + 1)
            meet.decide(store, made.id, by="kim", call_id=one.call_id, answer=milder,
                        behaviour=score.behaviour, reason="milder than the scorer")  # fmt: skip
    team = qa_review.fit(store)
    moved = [one.shift for one in team.fits if not one.left]
    assert moved and all(0.2 < shift < 1.2 for shift in moved)  # a level milder, up to the top
    card = qa_review.trust(store, calls="March")
    assert card.count == 24 and all(one.error.value > 0.3 for one in card.behaviours)


def test_roles_are_for_postgresql(run):
    assert "roles are PostgreSQL's" in run("store", "roles", "--rater", "ann", fails=2)


def test_a_store_that_is_none_is_told_in_a_line(run, here):
    (here / "qa.db").write_text("this is no database, however long it may be " * 20)
    bad = run("session", "list", fails=2)
    assert "qa.db: file is not a database" in bad and len(bad.splitlines()) == 1
