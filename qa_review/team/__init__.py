"""What a team lead looks at: behaviours over time, how far they spread, what lies beside them.

The board starts from rows, one a call and behaviour, that people or the scorer gave; the
scoreboard from a frame, a row a call. From there on each function is pure. A figure says how many
calls it rests on and what it lacks::

    from qa_review import team

    found = team.gathered(team.Results(folder).reviews(), store, "behaviours")
    mine = team.select(found.rows, team.Selection(team="ash"))
    team.trend(mine, "listening").points[-1].mean

    found = team.sources_of(rubric, folder, store)
    team.bands_frame(found.reviews, by="agent")
    team.verdicts_frame(found.reviews)
"""

from qa_review.team.alert_rules import Reading, Rule
from qa_review.team.alert_rules import load as load_rules
from qa_review.team.alerts import Alert, alerts_frame, watch
from qa_review.team.bands import Lines, bands_frame
from qa_review.team.case_mix import handling_frame, like_calls_frame
from qa_review.team.changes import changes_frame
from qa_review.team.data_check import data_check_frame
from qa_review.team.draws import read_log, write_log
from qa_review.team.frames import (
    calls_frame,
    deciles_frame,
    distributions_frame,
    groups_frame,
    trends_frame,
)
from qa_review.team.friction import friction_frame, systems_frame
from qa_review.team.gather import SOURCES, Gathered, Source, gathered
from qa_review.team.groups import GROUPINGS, Group, Grouping, Handling, groups, handling
from qa_review.team.items import Items, items_table
from qa_review.team.made_up import made_up_reviews
from qa_review.team.means import LEAST_CALLS, Mean, mean_of
from qa_review.team.measures import points_of, series_of
from qa_review.team.outcomes import associations_frame
from qa_review.team.pack import Material, Pack, monthly_pack
from qa_review.team.people import given_by_people, sealed_calls
from qa_review.team.precision import calls_needed_frame
from qa_review.team.ranks import ranks_frame
from qa_review.team.repeats import repeat_cost_frame
from qa_review.team.results import Given, Results
from qa_review.team.reviews import checked, reviews_frame
from qa_review.team.rows import Scored, behaviours_of, calls_of
from qa_review.team.rubric_audit import audit_frame
from qa_review.team.sample_figures import for_figures, sample_means_frame
from qa_review.team.sampling import draw_priority, draw_random, draw_stratified, replayed
from qa_review.team.select import Selection, choices, missing, select
from qa_review.team.sources import Sources, sources_of
from qa_review.team.spread import Decile, distribution, worst_decile
from qa_review.team.trends import BY, Point, Trend, fitting, trend
from qa_review.team.verdicts import verdicts_frame
from qa_review.team.watching import watched
from qa_review.team.worth import extra_minutes_frame, minutes_frame

__all__ = [
    "BY",
    "GROUPINGS",
    "LEAST_CALLS",
    "SOURCES",
    "Alert",
    "Decile",
    "Gathered",
    "Given",
    "Group",
    "Grouping",
    "Handling",
    "Items",
    "Lines",
    "Material",
    "Mean",
    "Pack",
    "Point",
    "Reading",
    "Results",
    "Rule",
    "Scored",
    "Selection",
    "Source",
    "Sources",
    "Trend",
    "alerts_frame",
    "associations_frame",
    "audit_frame",
    "bands_frame",
    "behaviours_of",
    "calls_frame",
    "calls_needed_frame",
    "calls_of",
    "changes_frame",
    "checked",
    "choices",
    "data_check_frame",
    "deciles_frame",
    "distribution",
    "distributions_frame",
    "draw_priority",
    "draw_random",
    "draw_stratified",
    "extra_minutes_frame",
    "fitting",
    "for_figures",
    "friction_frame",
    "gathered",
    "given_by_people",
    "groups",
    "groups_frame",
    "handling",
    "handling_frame",
    "items_table",
    "like_calls_frame",
    "load_rules",
    "made_up_reviews",
    "mean_of",
    "minutes_frame",
    "missing",
    "monthly_pack",
    "points_of",
    "ranks_frame",
    "read_log",
    "repeat_cost_frame",
    "replayed",
    "reviews_frame",
    "sample_means_frame",
    "sealed_calls",
    "select",
    "series_of",
    "sources_of",
    "systems_frame",
    "trend",
    "trends_frame",
    "verdicts_frame",
    "watch",
    "watched",
    "worst_decile",
    "write_log",
]
