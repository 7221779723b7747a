"""Who may do what in registry, action by role; where they may do it is a matter of scope, checked at the object."""

from typing import Annotated

from fastapi import Depends

from shared.auth.access import Permissions, allow
from shared.auth.principals import Principal
from shared.auth.roles import AUDITORS, BUSINESS, CIVIL_AFFAIRS, EVERYBODY, PROVINCE, SERVICES
from shared.contracts.codes import Role
from shared.contracts.scopes import GRANTORS

PERMISSIONS: Permissions = {
    "read_feed": SERVICES,
    "read_operations": CIVIL_AFFAIRS | PROVINCE,
    "read_audit_entries": AUDITORS,
    "read_divisions": EVERYBODY,
    "manage_api_clients": frozenset({Role.SECURITY_ADMINISTRATOR}),
    "read_revocations": SERVICES,
    "make_grants": GRANTORS,
    "read_grants": GRANTORS | {Role.PARTNER_APPLICATION, Role.SECURITY_ADMINISTRATOR},
    "revoke_grants": GRANTORS | {Role.SECURITY_ADMINISTRATOR},
    "read_organizations": BUSINESS,
    "keep_organizations": CIVIL_AFFAIRS,
    "submit_qualifications": CIVIL_AFFAIRS | {Role.ORGANIZATION},
    "review_qualifications": CIVIL_AFFAIRS,
    "keep_supervision": CIVIL_AFFAIRS,
    "keep_contacts": CIVIL_AFFAIRS | {Role.ORGANIZATION},
    "read_contacts": CIVIL_AFFAIRS | {Role.ORGANIZATION, Role.SERVICE},
    "import_organizations": CIVIL_AFFAIRS,
    "read_imports": CIVIL_AFFAIRS | PROVINCE,
}

DivisionReader = Annotated[Principal, Depends(allow("read_divisions"))]
ClientManager = Annotated[Principal, Depends(allow("manage_api_clients"))]
RevocationReader = Annotated[Principal, Depends(allow("read_revocations"))]
GrantMaker = Annotated[Principal, Depends(allow("make_grants"))]
GrantReader = Annotated[Principal, Depends(allow("read_grants"))]
GrantRevoker = Annotated[Principal, Depends(allow("revoke_grants"))]
OrganizationReader = Annotated[Principal, Depends(allow("read_organizations"))]
OrganizationKeeper = Annotated[Principal, Depends(allow("keep_organizations"))]
QualificationSubmitter = Annotated[Principal, Depends(allow("submit_qualifications"))]
QualificationReviewer = Annotated[Principal, Depends(allow("review_qualifications"))]
SupervisionKeeper = Annotated[Principal, Depends(allow("keep_supervision"))]
OrganizationImporter = Annotated[Principal, Depends(allow("import_organizations"))]
ImportReader = Annotated[Principal, Depends(allow("read_imports"))]
ContactKeeper = Annotated[Principal, Depends(allow("keep_contacts"))]
ContactReader = Annotated[Principal, Depends(allow("read_contacts"))]
