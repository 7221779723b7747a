"""Who may do what in projects: action by role. Where they may do it is a matter of scope, checked at the object."""

from typing import Annotated

from fastapi import Depends

from shared.auth.access import Permissions, allow
from shared.auth.principals import Principal
from shared.contracts.codes import Role

BUSINESS = frozenset(Role) - {
    Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR, Role.SERVICE,
}  # fmt: skip

PERMISSIONS: Permissions = {
    "read_feed": frozenset({Role.SERVICE}),
}
