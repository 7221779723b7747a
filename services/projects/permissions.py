"""Who may do what in projects, action by role; where they may do it is a matter of scope, checked at the object."""

from typing import Annotated

from fastapi import Depends

from shared.auth.access import Permissions, allow
from shared.auth.principals import Principal
from shared.contracts.codes import Role

BUSINESS = frozenset(Role) - {
    Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR, Role.SERVICE,
}  # fmt: skip
DEMAND_SIDE = frozenset({Role.RURAL_OFFICER, Role.VILLAGE_EDITOR})
SUPPLY_SIDE = frozenset({Role.ORGANIZATION, Role.CIVIL_AFFAIRS_OFFICER})
REVIEWERS = frozenset({Role.RURAL_OFFICER, Role.CIVIL_AFFAIRS_OFFICER})

PERMISSIONS: Permissions = {
    "read_feed": frozenset({Role.SERVICE}),
    "read_demands": BUSINESS,
    "draft_demands": DEMAND_SIDE,
    "survey_demands": DEMAND_SIDE,
    "read_surveys": DEMAND_SIDE | {Role.PROVINCIAL_OFFICER},
    "publish_demands": frozenset({Role.RURAL_OFFICER}),
    "read_supplies": BUSINESS,
    "draft_supplies": SUPPLY_SIDE,
    "review": REVIEWERS,
    "read_reviews": DEMAND_SIDE | SUPPLY_SIDE | {Role.PROVINCIAL_OFFICER},
    "keep_commitments": frozenset({Role.SERVICE}),
    "read_commitments": DEMAND_SIDE | SUPPLY_SIDE | {Role.PROVINCIAL_OFFICER, Role.SERVICE},
    "import_projects": REVIEWERS,
    "read_imports": REVIEWERS | {Role.PROVINCIAL_OFFICER},
}

DemandReader = Annotated[Principal, Depends(allow("read_demands"))]
DemandDrafter = Annotated[Principal, Depends(allow("draft_demands"))]
DemandSurveyor = Annotated[Principal, Depends(allow("survey_demands"))]
SurveyReader = Annotated[Principal, Depends(allow("read_surveys"))]
DemandPublisher = Annotated[Principal, Depends(allow("publish_demands"))]
SupplyReader = Annotated[Principal, Depends(allow("read_supplies"))]
SupplyDrafter = Annotated[Principal, Depends(allow("draft_supplies"))]
Reviewer = Annotated[Principal, Depends(allow("review"))]
ReviewReader = Annotated[Principal, Depends(allow("read_reviews"))]
CommitmentKeeper = Annotated[Principal, Depends(allow("keep_commitments"))]
CommitmentReader = Annotated[Principal, Depends(allow("read_commitments"))]
import_projects = allow("import_projects")
read_imports = allow("read_imports")
