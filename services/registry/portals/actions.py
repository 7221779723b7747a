"""Let an organization in that a portal vouches for."""

from datetime import datetime, timedelta

from services.registry.organizations.repository import OrganizationRepository
from services.registry.portals.errors import OrganizationNotEnrolled
from services.registry.remote.portals import PortalUser
from services.registry.tokens.actions import GivenToken, sign_token
from shared.contracts.codes import EnrolmentStatus, Role
from shared.db import Session
from shared.sealing import Sealer

LONGEST = timedelta(minutes=15)
"""A portal tells nobody when it shuts a user out; so long may pass until the user is asked for again."""


async def issue_portal_token(
    session: Session, *, portal: str, user: PortalUser, issuer: str, life: timedelta, sealer: Sealer, at: datetime
) -> GivenToken:
    """
    Return an access token for the organization for which a portal's user acts.

    The subject is the portal's name and a keyed hash of the user's number there, which may be an identity number.

    :raises OrganizationNotEnrolled: if it is not on record here or not active
    """
    organization = await OrganizationRepository(session).find_partner(credit_code=user.credit_code)
    if organization is None or organization.enrolment_status is not EnrolmentStatus.ACTIVE:
        raise OrganizationNotEnrolled
    life = min(life, LONGEST)
    subject = f"{portal}#{sealer.hash(f'{portal} {user.user_id}')[:32]}"
    claims = {
        "sub": subject,
        "role": Role.ORGANIZATION.value,
        "organization_id": str(organization.id),
    }
    token, token_id = await sign_token(session, claims=claims, issuer=issuer, ends_at=at + life, sealer=sealer, at=at)
    tells = [f"{name}={claims[name]}" for name in ("organization_id", "role")]
    return GivenToken(token, int(life.total_seconds()), token_id, subject, tells=tells)
