"""Who a subscription belongs to."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from shared.auth.errors import OutOfScope
from shared.auth.principals import Principal
from shared.contracts.codes import Role


class OwnerKind(StrEnum):
    """Who a subscription belongs to."""

    ORGANIZATION = "organization"
    OFFICE = "office"
    APPLICATION = "application"


@dataclass(frozen=True)
class Owner:
    """Who owns a subscription; ``key`` is the same for all clients of one organization, office or application."""

    key: str
    kind: OwnerKind
    scope_prefix: str | None = None
    organization_id: UUID | None = None


def owner_of(principal: Principal) -> Owner:
    """
    Return the owner that a caller's subscriptions belong to.

    An office is a role under a division: two departments of one county do not share. What an application makes for
    somebody belongs to both: to the application as long as it acts for this grantor.

    :raises OutOfScope: if an organization's or office's token does not say which one it is
    """
    if principal.grant:
        # It hears what the grantor hears, and is no business of the grantor's own.
        own = owner_of(replace(principal, grant=None))
        return replace(own, key=f"application:{principal.signature}")
    if principal.role is Role.PARTNER_APPLICATION:
        return Owner(f"application:{principal.subject}", OwnerKind.APPLICATION)
    if principal.role is Role.ORGANIZATION and principal.organization_id:
        organization_id = principal.organization_id
        return Owner(f"organization:{organization_id}", OwnerKind.ORGANIZATION, organization_id=organization_id)
    if principal.prefix is not None:
        prefix = principal.prefix
        return Owner(f"office:{principal.role.value}:{prefix}", OwnerKind.OFFICE, scope_prefix=prefix)
    raise OutOfScope
