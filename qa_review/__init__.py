"""Scores the conduct of contact-centre agents from recordings, with quotes, offline.

The flow, and where each step lives::

    recording -> transcript -> evidence -> score -> review -> calibration -> page
    capture/     capture/      grade/      grade/   keep/     meet/          view/

``base/`` holds the words that all of them use, ``run/`` does it for one call or for many.

    import qa_review

    review = qa_review.review("call.wav")
    review.to_frame()                                   # a row a behaviour
    qa_review.score({"id": "1", "turns": [...]})        # a written dialogue
    qa_review.review_folder("recordings", out="reviews")

People score too: a review by hand is kept in a store, and several people calibrate in a session
(:mod:`qa_review.meet`)::

    store = qa_review.open_store("sqlite:qa.db")
    qa_review.save_review(store, rubric, transcript, scores, reviewer="Ann", after=0)
"""

from qa_review.base.errors import (
    AlreadyThere,
    BallotError,
    Conflict,
    EngineUnavailable,
    LanguageNotCovered,
    MetadataError,
    NewerStore,
    NotAllowed,
    NothingSaid,
    QAReviewError,
    QuoteNotFound,
    RecordingError,
    RubricError,
    StillSealed,
    StoreError,
    TooLittleToFit,
    TooLong,
    TranscriptError,
    UnknownName,
    Unreadable,
    WeightsNotFound,
    WorkerDied,
)
from qa_review.base.span import Span
from qa_review.base.version import VERSION
from qa_review.capture.formats import read_transcript
from qa_review.capture.recording import Call, Recording
from qa_review.capture.transcript import Quote, Transcript, Turn, Word
from qa_review.grade.evidence import Evidence
from qa_review.grade.scores import Overall, Score
from qa_review.keep.answers import NotObserved, TurnNote, given
from qa_review.keep.reviews import Review
from qa_review.keep.revisions import save_review
from qa_review.keep.store import Store, open_store
from qa_review.run.api import (
    fit,
    read_masters,
    review,
    review_folder,
    score,
    transcribe,
    trust,
)
from qa_review.run.bulk import score_files
from qa_review.run.progress import Standing
from qa_review.run.results import Batch
from qa_review.run.scored import ScoredFiles

__version__ = VERSION

__all__ = [
    "AlreadyThere",
    "BallotError",
    "Batch",
    "Call",
    "Conflict",
    "EngineUnavailable",
    "Evidence",
    "LanguageNotCovered",
    "MetadataError",
    "NewerStore",
    "NotAllowed",
    "NotObserved",
    "NothingSaid",
    "Overall",
    "QAReviewError",
    "Quote",
    "QuoteNotFound",
    "Recording",
    "RecordingError",
    "Review",
    "RubricError",
    "Score",
    "ScoredFiles",
    "Span",
    "Standing",
    "StillSealed",
    "Store",
    "StoreError",
    "TooLittleToFit",
    "TooLong",
    "Transcript",
    "TranscriptError",
    "Turn",
    "TurnNote",
    "UnknownName",
    "Unreadable",
    "WeightsNotFound",
    "Word",
    "WorkerDied",
    "__version__",
    "fit",
    "given",
    "open_store",
    "read_masters",
    "read_transcript",
    "review",
    "review_folder",
    "save_review",
    "score",
    "score_files",
    "transcribe",
    "trust",
]
