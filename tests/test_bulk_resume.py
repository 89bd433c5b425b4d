"""A run over dialogues that goes on: what is kept, what is done again, what is cleaned up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from children import bulk_reviewer
from test_bulk import files, light, run, said, write  # noqa: F401

from qa_review.base import version
from qa_review.base.errors import QAReviewError
from qa_review.keep.parts import TABLES, PartsFolder
from qa_review.run import bulk, part
from qa_review.run.progress import Standing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Ten dialogues, of which the second and the last share an id; five parts of two."""
    ids = [*range(9), 1]
    return write(tmp_path / "said.jsonl", [said(f"d{n}", f"call {n}") for n in ids])


def scored_anew(*paths: Path, out: Path, **options: Any) -> list[str]:
    """The ids that a run scores, where an earlier one may have left something."""
    bulk_reviewer.SCORED.clear()
    run(*paths, out=out, part=2, parted=True, **options)
    return list(bulk_reviewer.SCORED)


def test_a_second_run_scores_nothing_and_changes_nothing(path: Path, tmp_path: Path) -> None:
    for parted in (True, False):
        out = tmp_path / f"out{parted}"
        first = run(path, out=out, part=2, parted=parted)
        before = files(out)
        bulk_reviewer.SCORED.clear()
        again = run(path, out=out, part=2, parted=parted)
        assert bulk_reviewer.SCORED == [] and again.costs == {}
        assert (first.kept, again.kept) == (0, 10)
        assert (again.dialogues, again.scored, again.failed) == (10, 9, 1)
        assert files(out) == before


def test_a_file_that_grew_costs_only_its_end(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scored_anew(path, out=out)
    with path.open("a") as file:
        file.write(json.dumps(said("new")) + "\n")
    assert scored_anew(path, out=out) == ["new"]
    assert files(out) == undisturbed(path, tmp_path)


def test_a_file_that_comes_after_costs_only_itself(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scored_anew(path, out=out)
    later = write(tmp_path / "tuesday.jsonl", [said("new"), said("d3", "again")])
    assert scored_anew(path, later, out=out) == ["new", "d3"]
    assert files(out) == undisturbed(path, later, tmp=tmp_path)


def undisturbed(*paths: Path, tmp: Path | None = None, **options: Any) -> dict[str, bytes]:
    """What a run leaves in a folder of its own."""
    folder = tmp or paths[-1]
    paths = paths if tmp else paths[:-1]
    number = len(list(folder.glob("undisturbed*")))
    out = folder / f"undisturbed{number}"
    run(*paths, out=out, part=2, parted=True, **options)
    return files(out)


def test_a_changed_line_costs_its_part(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scored_anew(path, out=out)
    lines = path.read_text().splitlines()
    lines[4] = json.dumps(said("d4", "call four, as it really was"))
    write(path, lines)
    # its part, and the last: what that refused is right only as long as those before are the same
    assert scored_anew(path, out=out) == ["d4", "d5", "d8", "d1"]
    assert files(out) == undisturbed(path, tmp_path)


def test_an_id_that_an_earlier_part_gave_up_is_scored_after_all(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scored_anew(path, out=out)
    lines = path.read_text().splitlines()
    lines[1] = json.dumps(said("another", "call 1"))
    write(path, lines)
    assert scored_anew(path, out=out) == ["d0", "another", "d8", "d1"]
    done = run(path, out=out, part=2, parted=True)
    assert (done.scored, done.failed) == (10, 0)
    assert files(out) == undisturbed(path, tmp_path)


def other_rubric(tmp_path: Path) -> dict[str, Any]:
    text = bulk_reviewer.rubric_path("behaviours.v1").read_text()
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace('version = "1"', 'version = "2"', 1))
    return {"rubric": mine}


@pytest.mark.parametrize(
    "change",
    [
        lambda tmp_path, patch: other_rubric(tmp_path),
        lambda tmp_path, patch: {"scorer": "rules"},
        lambda tmp_path, patch: patch.setattr(part, "friction_by", lambda: "next") or {},
        lambda tmp_path, patch: patch.setattr(part, "SCORED", "next") or {},
        lambda tmp_path, patch: {"trust": write(tmp_path / "card.json", ["{}"])},
    ],
    ids=["rubric", "scorer", "friction", "version", "trust card"],
)
def test_whatever_decides_scores_does_everything_again(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[..., dict]
) -> None:
    scored_anew(path, out=tmp_path / "out")
    part._loaded.cache_clear()
    assert len(scored_anew(path, out=tmp_path / "out", **change(tmp_path, monkeypatch))) == 10
    part._loaded.cache_clear()
    assert version.VERSION != "next"


@pytest.mark.parametrize("table", [*TABLES, "marks"])
def test_a_table_that_is_gone_or_cut_short_is_made_again(
    path: Path, tmp_path: Path, table: str
) -> None:
    out = tmp_path / "out"
    scored_anew(path, out=out)
    whole = files(out)
    lost = PartsFolder(out).file(table, "part-00001")
    for spoil in (lost.unlink, lambda: lost.write_bytes(lost.read_bytes()[:-3])):
        spoil()
        assert scored_anew(path, out=out) == ["d2", "d3"]
        assert files(out) == whole


def test_a_joined_table_that_is_gone_is_made_again(path: Path, tmp_path: Path) -> None:
    run(path, out=tmp_path / "out", part=2, parted=False)
    whole = files(tmp_path / "out")
    (tmp_path / "out" / "calls.csv").unlink()
    assert run(path, out=tmp_path / "out", part=2, parted=False).kept == 0
    assert files(tmp_path / "out") == whole


def test_parts_of_an_earlier_larger_run_are_gone(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scored_anew(path, out=out)
    write(path, path.read_text().splitlines()[:3])
    assert scored_anew(path, out=out) == ["d2"]
    assert PartsFolder(out).names("scores") == ["part-00000", "part-00001"]
    assert files(out) == undisturbed(path, tmp_path)


@pytest.mark.parametrize("size", [1, 3])
def test_another_part_size_mixes_nothing_in(path: Path, tmp_path: Path, size: int) -> None:
    out = tmp_path / "out"
    run(path, out=out, part=2, parted=True)
    run(path, out=out, part=size, parted=True)
    run(path, out=tmp_path / "alone", part=size, parted=True)
    assert files(out) == files(tmp_path / "alone")


def test_the_other_form_of_an_earlier_run_is_gone(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for parted in (True, False, True):
        run(path, out=out, part=2, parted=parted)
        run(path, out=tmp_path / f"alone{parted}", part=2, parted=parted)
        assert files(out) == files(tmp_path / f"alone{parted}")


def test_a_table_that_is_none_of_ours_is_refused_before_anything_is_removed(
    path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scored_anew(path, out=out)
    (out / "scores" / "part-0-spark.parquet").write_bytes(b"theirs")
    before = files(out)
    with pytest.raises(QAReviewError, match="no part of these tables"):
        scored_anew(path, out=out, scorer="rules")
    assert files(out) == before
    run(path, out=out, part=2, parted=False)  # joined: theirs is left where it is
    assert (out / "scores" / "part-0-spark.parquet").read_bytes() == b"theirs"


def test_what_was_left_half_is_cleaned_up(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole = undisturbed(path, tmp_path)
    scored_anew(path, out=out)
    for left in ("scores/.part-00001.ab12.part", ".cut/scores/part-00001.0.parquet",
                 ".calls.csv.17.part", "marks/.part-00009.ab12.part"):  # fmt: skip
        (out / left).parent.mkdir(parents=True, exist_ok=True)
        (out / left).write_bytes(b"half")
    assert scored_anew(path, out=out) == []
    assert files(out) == whole


def test_what_a_killed_worker_left_half_is_gone_at_the_end(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def told(standing: Standing) -> None:
        (out / "scores" / ".part-00001.ab12.part").write_bytes(b"half")

    run(path, out=out, part=2, told=told)
    assert files(out) == undisturbed(path, tmp_path)


def test_nothing_says_that_a_run_is_finished_while_it_is_not(path: Path, tmp_path: Path) -> None:
    def told(standing: Standing) -> None:
        assert not (tmp_path / "out" / "scored.json").exists()

    for scorer in ("auto", "rules"):
        run(path, out=tmp_path / "out", part=2, told=told, scorer=scorer)
        assert (tmp_path / "out" / "scored.json").exists()


class Ended(BaseException):
    """A run that is ended in the middle, in this process."""


@pytest.mark.parametrize("parted", [True, False])
def test_a_run_that_was_ended_keeps_its_finished_parts(
    path: Path, tmp_path: Path, parted: bool
) -> None:
    def told(standing: Standing) -> None:
        if standing.done + standing.failed == 6:
            raise Ended

    out = tmp_path / "out"
    with pytest.raises(Ended):
        run(path, out=out, part=2, parted=parted, told=told)
    assert not (out / "scored.json").exists()
    bulk_reviewer.SCORED.clear()
    done = run(path, out=out, part=2, parted=parted)
    assert bulk_reviewer.SCORED == ["d6", "d7", "d8", "d1"] and done.kept == 6
    run(path, out=tmp_path / "alone", part=2, parted=parted)
    assert files(out) == files(tmp_path / "alone")


@pytest.mark.parametrize("at", [1, 3, 6])
def test_a_run_that_was_ended_while_its_tables_are_joined_goes_on(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Before the first of the five tables, in the middle, and before the parts are removed."""
    counted: Iterator[int] = iter(range(1, 99))

    def ends(name: str) -> None:
        real = getattr(bulk, name)

        def once(*given: Any, **more: Any) -> Any:
            if next(counted) == at:
                raise Ended
            return real(*given, **more)

        monkeypatch.setattr(bulk, name, once)

    out = tmp_path / "out"
    with monkeypatch.context():
        ends("table_files")
        ends("write_note")
        with pytest.raises(Ended):
            run(path, out=out, part=2, parted=False)
        assert next(counted) == at + 1
    monkeypatch.undo()
    bulk_reviewer.plug_in(monkeypatch)
    bulk_reviewer.SCORED.clear()
    run(path, out=out, part=2, parted=False)
    run(path, out=tmp_path / "alone", part=2, parted=False)
    assert files(out) == files(tmp_path / "alone")
    assert len(bulk_reviewer.SCORED) == 10  # those of the run beside it


@pytest.mark.parametrize("how", ["other text", "gone"])
def test_a_file_that_changes_meanwhile_ends_the_run(path: Path, tmp_path: Path, how: str) -> None:
    def told(standing: Standing) -> None:
        if how == "gone":
            path.unlink(missing_ok=True)
        else:
            path.write_text(path.read_text().replace("call 7", "CALL 7"))

    with pytest.raises(QAReviewError, match="changed while its dialogues were scored; run again"):
        run(path, out=tmp_path / "out", part=2, told=told)


def test_a_rubric_that_changes_meanwhile_ends_the_run(path: Path, tmp_path: Path) -> None:
    options = other_rubric(tmp_path)

    def told(standing: Standing) -> None:
        text = options["rubric"].read_text()
        options["rubric"].write_text(text.replace('version = "2"', 'version = "3"', 1))

    with pytest.raises(QAReviewError, match="the rubric, the scorer or its card changed meanwhile"):
        run(path, out=tmp_path / "out", part=2, told=told, **options)


def test_what_cannot_be_done_again_takes_no_result(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(detail: str, *, timeout_s: float) -> Any:
        raise QAReviewError("nothing answers at 10.0.0.1:6379")

    monkeypatch.setattr(bulk_reviewer, "dying", broken)
    for parted in (True, False):
        out = tmp_path / f"out-{parted}"
        run(path, out=out, part=2, parted=parted)
        before = files(out)
        for wrong in ({"scorer": "none"}, {"rubric": "none"}, {"engine": "dying"},
                      {"engine": "processes:none"}, {"timeout_s": 0}):  # fmt: skip
            with pytest.raises((QAReviewError, ValueError)):
                run(path, out=out, part=2, parted=parted, again=True, **wrong)
            assert files(out) == before


@pytest.mark.parametrize("parted", [True, False])
def test_again_that_was_ended_costs_no_result(path: Path, tmp_path: Path, parted: bool) -> None:
    def told(standing: Standing) -> None:
        raise Ended

    out = tmp_path / "out"
    first = run(path, out=out, part=2, parted=parted)
    before = files(out)
    with pytest.raises(Ended):
        run(path, out=out, part=2, parted=parted, again=True, told=told)
    bulk_reviewer.SCORED.clear()
    done = run(path, out=out, part=2, parted=parted)
    assert bulk_reviewer.SCORED == [] and done.kept == first.dialogues
    assert files(out) == before


def test_a_run_begun_by_mistake_and_ended_costs_what_it_replaced(
    path: Path, tmp_path: Path
) -> None:
    def told(standing: Standing) -> None:
        raise Ended

    out = tmp_path / "out"
    first = run(path, out=out, part=2)
    before = files(out)
    with pytest.raises(Ended):
        run(path, out=out, part=3, told=told)
    done = run(path, out=out, part=2)
    assert done.kept == first.dialogues - 2 and files(out) == before
    run(path, out=out, part=3)
    assert len([name for name in files(out) if name.startswith("marks")]) == -(
        -first.dialogues // 3
    )
