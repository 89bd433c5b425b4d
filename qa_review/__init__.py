"""Scores the conduct of contact-centre agents from recordings, with quotes, offline.

The flow, and where each step lives::

    recording -> transcript -> evidence -> score -> review -> page
    capture/     capture/      grade/      grade/   keep/     view/

``base/`` holds the words that all of them use, ``run/`` does it for one call or for many.

    import qa_review

    review = qa_review.review("call.wav")
    review.to_frame()                                   # a row a behaviour
    qa_review.score({"id": "1", "turns": [...]})        # a written dialogue
    qa_review.review_folder("recordings", out="reviews")
"""

from qa_review.base.errors import (
    EngineUnavailable,
    LanguageNotCovered,
    MetadataError,
    NothingSaid,
    QAReviewError,
    QuoteNotFound,
    RecordingError,
    RubricError,
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
from qa_review.keep.reviews import Review
from qa_review.run.api import (
    fit,
    read_masters,
    review,
    review_folder,
    score,
    transcribe,
    trust,
)
from qa_review.run.results import Batch

__version__ = VERSION

__all__ = [
    "Batch",
    "Call",
    "EngineUnavailable",
    "Evidence",
    "LanguageNotCovered",
    "MetadataError",
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
    "Span",
    "TooLittleToFit",
    "TooLong",
    "Transcript",
    "TranscriptError",
    "Turn",
    "UnknownName",
    "Unreadable",
    "WeightsNotFound",
    "Word",
    "WorkerDied",
    "__version__",
    "fit",
    "read_masters",
    "read_transcript",
    "review",
    "review_folder",
    "score",
    "transcribe",
    "trust",
]
