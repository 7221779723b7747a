"""Who may do what in projects, action by role; where they may do it is a matter of scope, checked at the object."""

from typing import Annotated

from fastapi import Depends

from shared.auth.access import Permissions, allow
from shared.auth.principals import Principal
from shared.auth.roles import (
    AUDITORS,
    BUSINESS,
    DEMAND_SIDE,
    PARTIES,
    PROVINCE,
    REVIEWERS,
    SERVICES,
    SUPERVISORS,
    SUPPLY_SIDE,
)
from shared.contracts.codes import Role

PERMISSIONS: Permissions = {
    "read_feed": SERVICES,
    "read_public_feed": BUSINESS,
    "read_operations": REVIEWERS | PROVINCE,
    "read_audit_entries": AUDITORS,
    "read_demands": BUSINESS,
    "draft_demands": DEMAND_SIDE,
    "survey_demands": DEMAND_SIDE,
    "read_surveys": DEMAND_SIDE | PROVINCE,
    "publish_demands": frozenset({Role.RURAL_OFFICER}),
    "read_supplies": BUSINESS,
    "draft_supplies": SUPPLY_SIDE,
    "list_supplies": SUPPLY_SIDE,
    "review": REVIEWERS | SUPERVISORS,
    "read_reviews": PARTIES | SUPERVISORS,
    "keep_contacts": DEMAND_SIDE,
    "read_contacts": DEMAND_SIDE | SERVICES,
    "keep_commitments": SERVICES,
    "read_commitments": PARTIES | SERVICES,
    "import_projects": REVIEWERS,
    "read_imports": REVIEWERS | PROVINCE,
}

PublicFeedReader = Annotated[Principal, Depends(allow("read_public_feed"))]
DemandReader = Annotated[Principal, Depends(allow("read_demands"))]
DemandDrafter = Annotated[Principal, Depends(allow("draft_demands"))]
DemandSurveyor = Annotated[Principal, Depends(allow("survey_demands"))]
SurveyReader = Annotated[Principal, Depends(allow("read_surveys"))]
DemandPublisher = Annotated[Principal, Depends(allow("publish_demands"))]
SupplyReader = Annotated[Principal, Depends(allow("read_supplies"))]
SupplyDrafter = Annotated[Principal, Depends(allow("draft_supplies"))]
SupplyLister = Annotated[Principal, Depends(allow("list_supplies"))]
Reviewer = Annotated[Principal, Depends(allow("review"))]
ReviewReader = Annotated[Principal, Depends(allow("read_reviews"))]
ContactKeeper = Annotated[Principal, Depends(allow("keep_contacts"))]
ContactReader = Annotated[Principal, Depends(allow("read_contacts"))]
CommitmentKeeper = Annotated[Principal, Depends(allow("keep_commitments"))]
CommitmentReader = Annotated[Principal, Depends(allow("read_commitments"))]
ProjectImporter = Annotated[Principal, Depends(allow("import_projects"))]
ImportReader = Annotated[Principal, Depends(allow("read_imports"))]
