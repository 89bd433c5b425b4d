"""The commands of the scoreboard, as a person runs them, on the sample calls."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from sample_reviews import copied, reviewed

from qa_review.__main__ import main
from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import load
from qa_review.keep.rows import AlertRow
from qa_review.keep.store import open_store, read
from qa_review.team.draws import read_log
from qa_review.team.sources import picked, sources_of

pytestmark = pytest.mark.slow
RULES = """
[[rules]]
id = "served"
says = "customers are served worse"
measure = "overall"
every = "month"
high = 99
low = 98
[[rules]]
id = "level"
says = "too few in time"
column = "level"
high = 95
low = 90
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(reviewed(tmp_path_factory), tmp_path_factory.mktemp("scoreboard"))


@pytest.fixture
def run(capsys, tmp_path, monkeypatch, results):
    """Runs a command on the results; its status and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_REVIEW_RESULTS", str(results))
    monkeypatch.delenv("QA_REVIEW_STORE", raising=False)

    def call(*words: str) -> tuple[int, str]:
        status = main([str(word) for word in words])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return call


def test_a_report_is_a_page_and_the_tables_behind_it(run, tmp_path, results):
    status, printed = run("report", "--month", "2026-03")
    assert status == 0 and "14 calls of 2026-03 in" in printed and "figures" in printed
    page = (tmp_path / "pack" / "index.html").read_text(encoding="utf-8")
    assert "How customers were served in March 2026" in page
    tables = {path.stem for path in (tmp_path / "pack" / "data").glob("*.parquet")}
    assert tables == {path.stem for path in (tmp_path / "pack" / "data").glob("*.csv")}
    assert len(tables) == 20
    links = re.findall(r'href="(\./[^"]+)"', page)
    assert links and all((tmp_path / "pack" / unquote(link)).is_file() for link in links)
    friction = pd.read_parquet(tmp_path / "pack" / "data" / "friction.parquet")
    whole = pd.read_parquet(results / "calls.parquet")["friction_ms"]
    assert friction.query("of == 'all'")["lost_ms"].iloc[0] == pytest.approx(whole.mean())


def test_a_report_from_the_store_alone_is_the_same(run, tmp_path):
    assert run("report", "--out", "one")[0] == 0
    store = f"sqlite:{tmp_path / 'qa.db'}"
    results = str(__import__("os").environ["QA_REVIEW_RESULTS"])
    assert run("store", "take", results, "--store", store)[0] == 0
    assert run("report", "--out", "two", "--results", "none", "--store", store)[0] == 0
    for name in ("reviews", "friction", "systems", "audit", "bands_team"):
        one, two = (tmp_path / out / "data" / f"{name}.csv" for out in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name


def test_a_month_without_calls_says_which_have_some(run):
    status, printed = run("report", "--month", "2026-04")
    assert status == 2 and "no call of 2026-04 was reviewed; there is 2026-03" in printed
    status, printed = run("report", "--results", "nowhere")
    assert (
        status == 2 and "there is no review on the rubric behaviours: there is no folder" in printed
    )


def test_alerts_are_told_once_where_there_is_a_store(run, tmp_path):
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "day.csv").write_text("at,level\n2026-11-02T08:00,100\n2026-11-02T08:15,89\n")
    store = f"sqlite:{tmp_path / 'qa.db'}"
    open_store(store)
    words = ("alerts", "--rules", "rules.toml", "--series", "day.csv", "--payload", "new.json")
    status, printed = run(*words, "--store", store)
    assert status == 0 and "2 fired, 0 over, 0 still so" in printed
    assert "fired: too few in time: level 89, line 90" in printed
    assert [one["rule"] for one in json.loads((tmp_path / "new.json").read_text())["alerts"]] == [
        "served", "level",
    ]  # fmt: skip
    assert "0 fired, 0 over, 2 still so" in run(*words, "--store", store)[1]
    assert json.loads((tmp_path / "new.json").read_text())["alerts"] == []
    assert len(read(open_store(store), AlertRow)) == 2
    assert "it is told again next time" in run(*words)[1]


def test_a_payload_that_cannot_be_written_loses_no_alert(run, tmp_path):
    (tmp_path / "rules.toml").write_text(RULES)
    store = f"sqlite:{tmp_path / 'qa.db'}"
    words = ("alerts", "--rules", "rules.toml", "--store", store)
    assert run(*words, "--payload", "no/such/folder/new.json")[0] == 2
    assert "1 fired" in run(*words, "--payload", "new.json")[1]


def test_a_pack_says_the_same_however_often_it_is_made(run, tmp_path):
    (tmp_path / "rules.toml").write_text(RULES)
    store = f"sqlite:{tmp_path / 'qa.db'}"
    open_store(store)
    for out in ("one", "two"):
        words = ("--rules", "rules.toml", "--store", store, "--out", out)
        assert run("report", *words)[0] == 0
        run("alerts", "--rules", "rules.toml", "--store", store)
    pages = [(tmp_path / out / "index.html").read_text() for out in ("one", "two")]
    assert pages[0] == pages[1] and "customers are served worse" in pages[0]


def test_samples_are_drawn_logged_and_replayed(run, tmp_path):
    status, printed = run("sample", "random", "--per-agent", "1", "--seed", "x", "--out", "s")
    assert status == 0 and "7 of 14 calls" in printed
    table = pd.read_csv(tmp_path / "s" / "random.csv")
    assert sorted(table["agent"]) == sorted(set(table["agent"])) and len(table) == 7
    assert run("sample", "replay", "s/random.json") == (
        0, "the draw is as the log says: 7 of 14 calls\n",
    )  # fmt: skip
    log = json.loads((tmp_path / "s" / "random.json").read_text())
    log["strata"][0]["drawn"] = log["strata"][0]["calls"][:0]
    (tmp_path / "s" / "random.json").write_text(json.dumps(log))
    assert run("sample", "replay", "s/random.json", "--alone")[0] == 1
    assert run("sample", "stratified", "--by", "team", "--calls", "5", "--seed", "1")[0] == 0
    assert "needed" in run("sample", "size")[1]


def test_calls_picked_as_telling_sway_no_figure(run, tmp_path, results):
    """A person scores the worst-looking call; with the log of the pick the scorer's levels stay."""
    assert run("sample", "priority", "--each", "1", "--out", "p")[0] == 0
    log = read_log(tmp_path / "p" / "priority.json")
    assert picked([log]) == set(log.drawn) and len(log.drawn) == 3
    store = open_store(f"sqlite:{tmp_path / 'qa.db'}")
    _hand_in(store, results, log.drawn[0])
    rubric = load(rubric_path("behaviours.v1"))
    plain, swayed, kept = (
        sources_of(rubric, results, *given).reviews.set_index("call")
        for given in ((), (store,), (store, [log]))
    )
    call = log.drawn[0]
    assert bool(swayed.loc[call, "by_people"]) and swayed.loc[call, "overall"] == 100
    assert plain["overall"].mean() != swayed["overall"].mean()
    pd.testing.assert_series_equal(kept["overall"].sort_index(), plain["overall"].sort_index())


def _hand_in(store, results, call_id):
    """The highest level for each behaviour, by a person."""
    from qa_review.grade.scores import Score
    from qa_review.keep.folder import ResultsFolder
    from qa_review.keep.revisions import save_automatic, save_review

    review = ResultsFolder(results).read(call_id).review
    with store.writing() as unit:
        save_automatic(unit, review)
    rubric = load(rubric_path("behaviours.v1"))
    scores = [Score(one.id, 5, 1.0, "heard it") for one in rubric.behaviours]
    save_review(store, rubric, review.transcript, scores, reviewer="ann", after=0, submit=True)


def test_the_data_check_names_what_is_missing(run, tmp_path):
    (tmp_path / "calls.csv").write_text("file,agent,csat\na.wav,ann,5\nb.wav,,99\n")
    status, printed = run("data", "check", "calls.csv", "--out", "check.csv")
    assert status == 1 and "row 3, column csat: '99' is not a satisfaction score" in printed
    table = pd.read_csv(tmp_path / "check.csv").set_index("column")
    assert list(table.loc[["agent", "csat", "queue"], "state"]) == ["gaps", "broken", "missing"]
    assert "handling time beside behaviour" in printed.replace("\n", " ") or "beside" in printed


def test_a_rubric_is_audited_by_the_calls_scored_on_it(run, tmp_path):
    status, printed = run("rubric", "audit", "--out", "audit.csv")
    assert status == 0 and "findings in 14 calls" in printed and "not checked:" in printed
    assert set(pd.read_csv(tmp_path / "audit.csv")["check"]) >= {"perverse", "never varies"}
