"""Who may do what in matching: action by role; where they may do it is a matter of scope, checked at the object."""

from typing import Annotated

from fastapi import Depends

from shared.auth.access import Permissions, allow
from shared.auth.principals import Principal
from shared.contracts.codes import Role

BUSINESS = frozenset(Role) - {
    Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR, Role.SERVICE,
}  # fmt: skip

SUBSCRIBERS = frozenset({
    Role.ORGANIZATION, Role.RURAL_OFFICER, Role.VILLAGE_EDITOR, Role.CIVIL_AFFAIRS_OFFICER, Role.PROVINCIAL_OFFICER,
    Role.PARTNER_APPLICATION,
})  # fmt: skip

DEMAND_SIDE = frozenset({Role.RURAL_OFFICER, Role.VILLAGE_EDITOR})
CIVIL_AFFAIRS = frozenset({Role.CIVIL_AFFAIRS_OFFICER, Role.PROVINCIAL_OFFICER})
PARTIES = DEMAND_SIDE | CIVIL_AFFAIRS | {Role.ORGANIZATION}

PERMISSIONS: Permissions = {
    "read_feed": frozenset({Role.SERVICE}),
    "read_policies": BUSINESS,
    "read_demand_candidates": DEMAND_SIDE | CIVIL_AFFAIRS,
    "read_supply_candidates": CIVIL_AFFAIRS | {Role.ORGANIZATION},
    "propose_pairings": PARTIES,
    "read_pairings": PARTIES,
    "answer_pairings": DEMAND_SIDE | {Role.ORGANIZATION},
    "withdraw_pairings": CIVIL_AFFAIRS | {Role.RURAL_OFFICER},
    "release_holds": CIVIL_AFFAIRS,
    "begin_runs": frozenset({Role.PROVINCIAL_OFFICER}),
    "read_runs": frozenset({Role.PROVINCIAL_OFFICER}),
    "keep_subscriptions": SUBSCRIBERS,
}

SubscriptionKeeper = Annotated[Principal, Depends(allow("keep_subscriptions"))]
PolicyReader = Annotated[Principal, Depends(allow("read_policies"))]
DemandCandidateReader = Annotated[Principal, Depends(allow("read_demand_candidates"))]
SupplyCandidateReader = Annotated[Principal, Depends(allow("read_supply_candidates"))]
PairingProposer = Annotated[Principal, Depends(allow("propose_pairings"))]
PairingReader = Annotated[Principal, Depends(allow("read_pairings"))]
PairingAnswerer = Annotated[Principal, Depends(allow("answer_pairings"))]
PairingWithdrawer = Annotated[Principal, Depends(allow("withdraw_pairings"))]
HoldReleaser = Annotated[Principal, Depends(allow("release_holds"))]
RunBeginner = Annotated[Principal, Depends(allow("begin_runs"))]
RunReader = Annotated[Principal, Depends(allow("read_runs"))]
