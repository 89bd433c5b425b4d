"""What a team lead looks at: behaviours over time, how far they spread, what lies beside them.

Everything starts from rows, one a call and behaviour, that people or the scorer gave; from there
on each function is pure. A figure says how many calls it rests on and what it lacks::

    from qa_review import team

    found = team.gathered(team.Results(folder).reviews(), store, "behaviours")
    mine = team.select(found.rows, team.Selection(team="ash"))
    team.trend(mine, "listening").points[-1].mean
    team.trends_frame(mine)
"""

from qa_review.team.frames import (
    calls_frame,
    deciles_frame,
    distributions_frame,
    groups_frame,
    trends_frame,
)
from qa_review.team.gather import SOURCES, Gathered, Source, gathered
from qa_review.team.groups import GROUPINGS, Group, Grouping, Handling, groups, handling
from qa_review.team.means import LEAST_CALLS, Mean, mean_of
from qa_review.team.people import given_by_people, sealed_calls
from qa_review.team.results import Given, Results
from qa_review.team.rows import Scored, behaviours_of, calls_of
from qa_review.team.select import Selection, choices, missing, select
from qa_review.team.spread import Decile, distribution, worst_decile
from qa_review.team.trends import BY, Point, Trend, fitting, trend

__all__ = [
    "BY",
    "GROUPINGS",
    "LEAST_CALLS",
    "SOURCES",
    "Decile",
    "Gathered",
    "Given",
    "Group",
    "Grouping",
    "Handling",
    "Mean",
    "Point",
    "Results",
    "Scored",
    "Selection",
    "Source",
    "Trend",
    "behaviours_of",
    "calls_frame",
    "calls_of",
    "choices",
    "deciles_frame",
    "distribution",
    "distributions_frame",
    "fitting",
    "gathered",
    "given_by_people",
    "groups",
    "groups_frame",
    "handling",
    "mean_of",
    "missing",
    "sealed_calls",
    "select",
    "trend",
    "trends_frame",
    "worst_decile",
]
