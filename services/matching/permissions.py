"""Who may do what in matching: action by role; where they may do it is a matter of scope, checked at the object."""

from typing import Annotated

from fastapi import Depends

from shared.auth.access import Permissions, allow
from shared.auth.principals import Principal
from shared.auth.roles import AUDITORS, BUSINESS, CIVIL_AFFAIRS, DEMAND_SIDE, PARTIES, PROVINCE, SERVICES
from shared.contracts.codes import Role

SUBSCRIBERS = PARTIES | {Role.PARTNER_APPLICATION}

PERMISSIONS: Permissions = {
    "read_feed": SERVICES,
    "read_public_feed": BUSINESS,
    "read_operations": PROVINCE,
    "read_audit_entries": AUDITORS,
    "read_policies": BUSINESS,
    "draft_policies": PROVINCE,
    "read_policy_drafts": PROVINCE,
    "review_policies": PROVINCE,
    "simulate_policies": PROVINCE,
    "read_demand_candidates": DEMAND_SIDE | CIVIL_AFFAIRS | PROVINCE,
    "read_supply_candidates": CIVIL_AFFAIRS | PROVINCE | {Role.ORGANIZATION},
    "explain_candidates": PARTIES,
    "preview_candidates": PARTIES,
    "read_engine": PROVINCE,
    "propose_pairings": PARTIES,
    "read_pairings": PARTIES,
    "read_pairing_contacts": DEMAND_SIDE | {Role.ORGANIZATION},
    "answer_pairings": DEMAND_SIDE | {Role.ORGANIZATION},
    "report_pairings": frozenset({Role.RURAL_OFFICER, Role.ORGANIZATION}),
    "rate_pairings": DEMAND_SIDE | {Role.ORGANIZATION},
    "read_funnel": PARTIES,
    "read_inbox": PARTIES,
    "export_judged_cases": PROVINCE,
    "withdraw_pairings": CIVIL_AFFAIRS | PROVINCE | {Role.RURAL_OFFICER},
    "release_holds": CIVIL_AFFAIRS | PROVINCE,
    "begin_runs": PROVINCE,
    "read_runs": PROVINCE,
    "keep_subscriptions": SUBSCRIBERS,
    "keep_digests": PARTIES,
    "keep_calendars": PARTIES,
    # Not who keeps the contacts of organizations: the code of a link that it makes would go to whom it chose itself.
    "make_answer_links": PROVINCE | {Role.RURAL_OFFICER},
}

SubscriptionKeeper = Annotated[Principal, Depends(allow("keep_subscriptions"))]
AnswerLinkMaker = Annotated[Principal, Depends(allow("make_answer_links"))]
CalendarKeeper = Annotated[Principal, Depends(allow("keep_calendars"))]
DigestKeeper = Annotated[Principal, Depends(allow("keep_digests"))]
PublicFeedReader = Annotated[Principal, Depends(allow("read_public_feed"))]
PolicyReader = Annotated[Principal, Depends(allow("read_policies"))]
PolicyDrafter = Annotated[Principal, Depends(allow("draft_policies"))]
PolicyDraftReader = Annotated[Principal, Depends(allow("read_policy_drafts"))]
PolicyReviewer = Annotated[Principal, Depends(allow("review_policies"))]
PolicySimulator = Annotated[Principal, Depends(allow("simulate_policies"))]
DemandCandidateReader = Annotated[Principal, Depends(allow("read_demand_candidates"))]
SupplyCandidateReader = Annotated[Principal, Depends(allow("read_supply_candidates"))]
CandidateExplainer = Annotated[Principal, Depends(allow("explain_candidates"))]
CandidatePreviewer = Annotated[Principal, Depends(allow("preview_candidates"))]
EngineReader = Annotated[Principal, Depends(allow("read_engine"))]
PairingProposer = Annotated[Principal, Depends(allow("propose_pairings"))]
PairingReader = Annotated[Principal, Depends(allow("read_pairings"))]
PairingContactReader = Annotated[Principal, Depends(allow("read_pairing_contacts"))]
PairingAnswerer = Annotated[Principal, Depends(allow("answer_pairings"))]
PairingReporter = Annotated[Principal, Depends(allow("report_pairings"))]
PairingRater = Annotated[Principal, Depends(allow("rate_pairings"))]
InboxReader = Annotated[Principal, Depends(allow("read_inbox"))]
FunnelReader = Annotated[Principal, Depends(allow("read_funnel"))]
JudgedCaseExporter = Annotated[Principal, Depends(allow("export_judged_cases"))]
PairingWithdrawer = Annotated[Principal, Depends(allow("withdraw_pairings"))]
HoldReleaser = Annotated[Principal, Depends(allow("release_holds"))]
RunBeginner = Annotated[Principal, Depends(allow("begin_runs"))]
RunReader = Annotated[Principal, Depends(allow("read_runs"))]
