"""What each scope of a grant lets an application do, and who may grant it: one line a scope, for all three services."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.contracts.codes import GrantScope, Role

DEMAND_SIDE = frozenset({Role.RURAL_OFFICER, Role.VILLAGE_EDITOR})
SUPPLY_SIDE = frozenset({Role.CIVIL_AFFAIRS_OFFICER, Role.ORGANIZATION})
GRANTORS = DEMAND_SIDE | SUPPLY_SIDE
"""Who may let an application act for it: the offices and organizations that have a part in the business."""


class ScopeLine(NamedTuple):
    """The actions of the services' tables of permissions that a scope holds, and the grantors whose role has any."""

    actions: frozenset[str]
    grantors: frozenset[Role]


SCOPES: Mapping[GrantScope, ScopeLine] = {
    GrantScope.ORGANIZATIONS_READ: ScopeLine(frozenset({"read_organizations"}), GRANTORS),
    GrantScope.DEMANDS_READ: ScopeLine(frozenset({"read_demands", "read_surveys"}), GRANTORS),
    GrantScope.DEMANDS_WRITE: ScopeLine(frozenset({"draft_demands", "survey_demands"}), DEMAND_SIDE),
    GrantScope.SUPPLIES_READ: ScopeLine(frozenset({"read_supplies"}), GRANTORS),
    GrantScope.SUPPLIES_WRITE: ScopeLine(frozenset({"draft_supplies"}), SUPPLY_SIDE),
    GrantScope.REVIEWS_READ: ScopeLine(frozenset({"read_reviews"}), GRANTORS),
    GrantScope.COMMITMENTS_READ: ScopeLine(frozenset({"read_commitments"}), GRANTORS),
    GrantScope.CANDIDATES_READ: ScopeLine(
        frozenset({"read_demand_candidates", "read_supply_candidates", "explain_candidates", "preview_candidates"}),
        GRANTORS,
    ),
    GrantScope.PAIRINGS_READ: ScopeLine(frozenset({"read_pairings", "read_funnel", "read_inbox"}), GRANTORS),
    GrantScope.PAIRINGS_PROPOSE: ScopeLine(frozenset({"propose_pairings"}), GRANTORS),
    GrantScope.PAIRINGS_ANSWER: ScopeLine(frozenset({"answer_pairings"}), DEMAND_SIDE | {Role.ORGANIZATION}),
    GrantScope.PAIRINGS_REPORT: ScopeLine(
        frozenset({"report_pairings", "rate_pairings"}), DEMAND_SIDE | {Role.ORGANIZATION}
    ),
    GrantScope.SUBSCRIPTIONS_MANAGE: ScopeLine(frozenset({"keep_subscriptions"}), GRANTORS),
}
"""What stands in no line can be granted to nobody: reviews, publishing, closing, withdrawing, holds, imports."""
SCOPE_OF_ACTION: Mapping[str, GrantScope] = {action: scope for scope, line in SCOPES.items() for action in line.actions}
