"""The command line: ``qa-review review|score|session|dispute|agreement|fit|trust|store|…``."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.base.version import VERSION
from qa_review.run import (
    agreement_commands,
    commands,
    dispute_commands,
    lab_options,
    score_commands,
    session_options,
    store_commands,
)
from qa_review.run import people_commands as people
from qa_review.run.shared_options import scorer_options, work_options
from qa_review.view import team_options

EXAMPLES = """\
examples:
  qa-review review recordings --out reviews
  qa-review review call.wav --transcriber whisper:tiny.en --agent-channel right
  qa-review score dialogues.jsonl --out scored
  qa-review trust masters.csv --calls reviews --out trust
  qa-review fit masters.csv --calls reviews --out team.safetensors
  qa-review trust other_masters.csv --calls reviews --scorer learned:team.safetensors
  qa-review session create "March" --as kim --raters ann,bo --calls reviews --random 4
  qa-review agreement ratings.csv --levels 1,2,3,4,5
  qa-review rubric check my_rubric.toml
  qa-review report --month 2026-10 --results reviews --out pack
  qa-review lab --results reviews
  qa-review room --results reviews
  qa-review doctor
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the status is 0, 1 when something failed, 2 for bad use, 130 for Ctrl-C."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print("stopped; what is finished is kept, run again for the rest", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    except (QAReviewError, ValueError, OSError) as error:
        print(f"qa-review: {error}{_advice(error)}", file=sys.stderr)
        return 2


def _advice(error: Exception) -> str:
    """What to do where a disk takes nothing."""
    done = "then run this again: what was kept stays"
    known = {errno.ENOSPC: f"; make room on the disk, {done}",
             errno.EDQUOT: f"; make room on the disk, {done}",
             errno.EROFS: "; choose a folder that may be written to"}  # fmt: skip
    return known.get(error.errno or 0, "") if isinstance(error, OSError) else ""


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(
        prog="qa-review",
        description="Scores the conduct of contact-centre agents, with quotes, offline.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"qa-review {VERSION}")
    command = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _review(command)
    _transcribe(command)
    score_commands.options(command)
    _fit(command)
    _trust(command)
    session_options.options(command)
    dispute_commands.options(command)
    agreement_commands.options(command)
    store_commands.options(command)
    team_options.options(command)
    lab_options.options(command)
    _rubric(command)
    formats = command.add_parser("formats", help="what recordings and transcripts are read")
    formats.set_defaults(run=commands.formats)
    doctor = command.add_parser("doctor", help="what is installed, what would be used")
    _engine_options(doctor)
    doctor.set_defaults(run=commands.doctor)
    return top


def _review(command: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    this = command.add_parser("review", help="recordings to pages and tables of scores")
    this.add_argument(
        "paths", nargs="+", metavar="PATH", help="recordings, folders, URLs, manifests"
    )
    this.add_argument("--out", type=Path, default=Path("reviews"), help="default: %(default)s")
    scorer_options(this)
    this.add_argument("--metadata", type=Path, help="default: calls.csv beside the recordings")
    this.add_argument(
        "--no-audio", action="store_true", help="pages link to the sound, not hold it"
    )
    this.add_argument("--no-pages", action="store_true", help="tables and the store alone")
    this.add_argument("--again", action="store_true", help="do finished calls again")
    this.add_argument("--store", default="", help="keep results here, not in a file of --out")
    work_options(this, "call")
    _engine_options(this)
    this.set_defaults(run=commands.review)


def _transcribe(command: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    this = command.add_parser("transcribe", help="one recording to a transcript")
    this.add_argument("path", type=Path, metavar="PATH")
    this.add_argument("--format", choices=("text", "json", "vtt"), default="text")
    this.add_argument("--rubric", default="behaviours.v1", help=argparse.SUPPRESS)
    _engine_options(this)
    this.set_defaults(run=commands.transcribe)


def _fit(command: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    this = command.add_parser("fit", help="the scorer moved to how your people score")
    _masters(this)
    this.add_argument("--out", type=Path, default=Path("team.safetensors"), help="%(default)s")
    this.set_defaults(run=people.fit)


def _trust(command: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    this = command.add_parser("trust", help="how far the scorer can be trusted on your calls")
    _masters(this)
    this.add_argument("--machine", type=Path, help="a recogniser's transcripts of the same calls")
    this.add_argument("--name", default="", help="what calls these are (default: the table's name)")
    this.add_argument("--out", type=Path, default=Path("trust"), help="default: %(default)s")
    this.set_defaults(run=people.trust)


def _masters(this: argparse.ArgumentParser) -> None:
    this.add_argument(
        "table", type=Path, nargs="?", metavar="MASTERS", help="CSV: id, and a level a behaviour"
    )
    this.add_argument(
        "--calls", type=Path, help="what was said: a folder of results, or a file of dialogues"
    )
    this.add_argument("--store", help="take the master scores of the sessions in this store")
    this.add_argument("--rubric", default="behaviours.v1", help="name or .toml file")
    this.add_argument("--scorer", default="auto", help="auto, learned, learned:FILE, rules")


def _rubric(command: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    this = command.add_parser("rubric", help="check a rubric, or list those that are shipped")
    what = this.add_subparsers(metavar="WHAT", required=True)
    check = what.add_parser("check", help="every problem of a rubric at once; runs its examples")
    check.add_argument("file", type=Path)
    check.set_defaults(run=commands.rubric_check)
    team_options.audit_option(what)
    listing = what.add_parser("list", help="the rubrics that are shipped")
    listing.set_defaults(run=commands.rubric_list)


def _engine_options(this: argparse.ArgumentParser) -> None:
    group = this.add_argument_group("speech to text")
    group.add_argument(
        "--transcriber",
        default="auto",
        help="auto, faster-whisper[:WEIGHTS] or whisper[:WEIGHTS]; WEIGHTS: tiny.en, … or a path",
    )
    group.add_argument("--language", help="such as en; default: told by the weights if they can")
    group.add_argument("--agent-channel", choices=("left", "right", "0", "1"))
    group.add_argument("--voices", default="auto", help="auto, campplus, timbre: for one channel")
    group.add_argument("--beam", type=int, default=5, help="beam size (%(default)s)")
    group.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (%(default)s)")
    group.add_argument("--compute-type", default="auto", help="auto, int8, float16, float32")
    group.add_argument("--threads", type=int, default=1, help="a model (%(default)s)")
    group.add_argument("--raw", metavar="ENCODING:HZ:CHANNELS", help="what headerless files hold")
    group.add_argument("--max-seconds", type=int, default=7200, help="longest call (%(default)s)")
    group.add_argument("--max-bytes", type=int, default=2 << 30, help="largest file (%(default)s)")


if __name__ == "__main__":
    sys.exit(main())
