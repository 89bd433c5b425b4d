"""People deciding together: calibration sessions and disputes.

Several people score the same calls, each alone. Their ballots are sealed until the lead reveals
them; then they see where they differ, discuss, vote again, and agree on master scores::

    from qa_review import meet

    session = meet.create(store, "March", choice, rubric=path, raters=["ann", "bo"], lead="kim")
    seat = meet.join(store, session.id, "ann")
    seat.hand_in("call-7", scores)
    revealed = meet.reveal(store, session.id, by="kim")
    meet.differences(revealed)
    meet.decide(store, session.id, by="kim", call_id="call-7", behaviour="listening", ...)
"""

from qa_review.meet.ballots import Ballot, Receipt
from qa_review.meet.choose import (
    Candidate,
    Choice,
    at_random,
    by_hand,
    candidates,
    most_uncertain,
)
from qa_review.meet.compare import (
    Difference,
    Move,
    differences,
    everything,
    master_levels,
    moves,
    ratings,
    totals,
)
from qa_review.meet.decisions import decide, drop_indicator, edit_anchor, remark, tell_rater, vote
from qa_review.meet.disputes import Dispute, all_disputes, open_dispute, rule
from qa_review.meet.figures import agreement, severities
from qa_review.meet.frames import (
    agreement_frame,
    ballots_frame,
    before_after_frame,
    decisions_frame,
    disputes_frame,
    drift_frame,
    masters_frame,
    moves_frame,
    notes_frame,
    outcomes_frame,
    quotes_frame,
    remarks_frame,
    session_frames,
    severity_frame,
)
from qa_review.meet.keys import Keys
from qa_review.meet.masters import masters_of
from qa_review.meet.opening import Revealed, reveal, revealed
from qa_review.meet.progress import before_after, revealed_sessions, severity_drift, severity_over
from qa_review.meet.seats import Seat, join
from qa_review.meet.sessions import Session, all_sessions, call_off, create, session
from qa_review.meet.trends import dispute_trends

__all__ = [
    "Ballot",
    "Candidate",
    "Choice",
    "Difference",
    "Dispute",
    "Keys",
    "Move",
    "Receipt",
    "Revealed",
    "Seat",
    "Session",
    "agreement",
    "agreement_frame",
    "all_disputes",
    "all_sessions",
    "at_random",
    "ballots_frame",
    "before_after",
    "before_after_frame",
    "by_hand",
    "call_off",
    "candidates",
    "create",
    "decide",
    "decisions_frame",
    "differences",
    "dispute_trends",
    "disputes_frame",
    "drift_frame",
    "drop_indicator",
    "edit_anchor",
    "everything",
    "join",
    "master_levels",
    "masters_frame",
    "masters_of",
    "most_uncertain",
    "moves",
    "moves_frame",
    "notes_frame",
    "open_dispute",
    "outcomes_frame",
    "quotes_frame",
    "ratings",
    "remark",
    "remarks_frame",
    "reveal",
    "revealed",
    "revealed_sessions",
    "rule",
    "session",
    "session_frames",
    "severities",
    "severity_drift",
    "severity_frame",
    "severity_over",
    "tell_rater",
    "totals",
    "vote",
]
