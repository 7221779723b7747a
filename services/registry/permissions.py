"""Who may do what in registry, action by role; where they may do it is a matter of scope, checked at the object."""

from typing import Annotated

from fastapi import Depends

from shared.auth.access import Permissions, allow
from shared.auth.principals import Principal
from shared.contracts.codes import Role

EVERYBODY = frozenset(Role)
BUSINESS = EVERYBODY - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
CIVIL_AFFAIRS = frozenset({Role.CIVIL_AFFAIRS_OFFICER})

PERMISSIONS: Permissions = {
    "read_feed": frozenset({Role.SERVICE}),
    "read_divisions": EVERYBODY,
    "manage_api_clients": frozenset({Role.SECURITY_ADMINISTRATOR}),
    "read_revocations": frozenset({Role.SERVICE}),
    "read_organizations": BUSINESS,
    "keep_organizations": CIVIL_AFFAIRS,
    "submit_qualifications": CIVIL_AFFAIRS | {Role.ORGANIZATION},
    "review_qualifications": CIVIL_AFFAIRS,
    "keep_supervision": CIVIL_AFFAIRS,
    "import_organizations": CIVIL_AFFAIRS,
    "read_imports": CIVIL_AFFAIRS | {Role.PROVINCIAL_OFFICER},
}

import_organizations = allow("import_organizations")
read_imports = allow("read_imports")
read_organizations = allow("read_organizations")

DivisionReader = Annotated[Principal, Depends(allow("read_divisions"))]
ClientManager = Annotated[Principal, Depends(allow("manage_api_clients"))]
RevocationReader = Annotated[Principal, Depends(allow("read_revocations"))]
OrganizationReader = Annotated[Principal, Depends(read_organizations)]
OrganizationKeeper = Annotated[Principal, Depends(allow("keep_organizations"))]
QualificationSubmitter = Annotated[Principal, Depends(allow("submit_qualifications"))]
QualificationReviewer = Annotated[Principal, Depends(allow("review_qualifications"))]
SupervisionKeeper = Annotated[Principal, Depends(allow("keep_supervision"))]
