"""Turn the claims of a checked token into its principal: registry's own as they are, others by their mapping."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.auth.principals import GrantHeld, Principal
from shared.contracts.codes import Role
from shared.settings import Issuer

DIVISION = re.compile("[1-9][0-9]{11}")
CLIENT_ID = re.compile("[a-z0-9][a-z0-9._-]{2,62}")
OWN_CODES: dict[str, Role] = {role.value: role for role in Role if role is not Role.SERVICE}
MOST_OF_A_SUBJECT = 255  # OpenID Connect Core section 2


def read_own_claims(claims: dict[str, Any]) -> Principal:
    """
    Return the principal of a token that registry gave out.

    :raises ValueError: if a claim is not what registry writes (or KeyError, TypeError, AttributeError)
    """
    organization, division = claims.get("organization_id"), claims.get("division")
    if division is not None and not DIVISION.fullmatch(division):
        raise ValueError("no 12-digit division")
    return Principal(
        subject=str(claims["sub"]),
        role=Role(claims["role"]),
        division=division,
        organization_id=UUID(organization) if organization else None,
        issuer=claims["iss"],
        grant=_grant(claims),
    )


def _grant(claims: dict[str, Any]) -> GrantHeld | None:
    """Return the grant of a token with any sign of one: half a grant is an error, and never the grantor's own token."""
    if not {"act", "scope", "grant_id", "grant_ends"} & claims.keys():
        return None
    application = claims["act"]["sub"]
    if not isinstance(application, str) or not CLIENT_ID.fullmatch(application):
        raise ValueError("no application")
    return GrantHeld(
        id=UUID(claims["grant_id"]),
        application=application,
        scopes=frozenset(claims["scope"].split()),
        ends_at=datetime.fromtimestamp(claims["grant_ends"], UTC),
    )


def read_foreign_claims(claims: dict[str, Any], issuer: Issuer) -> Principal:
    """
    Return the principal of another issuer's token; its subject reads ``<issuer>#<subject>``.

    So nobody shares operations, idempotency keys or reviews with a namesake elsewhere. What is not mapped, such as
    ``act``, is not believed.

    :raises ValueError: if a mapped claim is missing or means nothing here (or TypeError)
    """
    names = issuer.claims
    subject = _claim(claims, names.subject)
    if not isinstance(subject, str) or not 1 <= len(subject) <= MOST_OF_A_SUBJECT or not subject.isprintable():
        raise ValueError("no subject")
    organization = _claim(claims, names.organization)
    return Principal(
        subject=f"{issuer.issuer}#{subject}",
        role=_role(_claim(claims, names.role), issuer.roles or OWN_CODES),
        division=_division(_claim(claims, names.division)),
        organization_id=UUID(organization) if organization else None,
        issuer=issuer.issuer,
    )


def _claim(claims: dict[str, Any], name: str) -> Any:
    """Return a claim by its name, or by a path with dots such as ``realm_access.roles``."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _role(value: Any, roles: Mapping[str, Role]) -> Role:
    """Return the one role that a value, or a list of values, stands for: two would be a choice that nobody made."""
    values = value if isinstance(value, list) else [value]
    meant = {roles[one] for one in values if isinstance(one, str) and one in roles}
    if len(meant) != 1:
        raise ValueError("not one known role")
    return meant.pop()


def _division(value: Any) -> str | None:
    """Return the 12 digits of a division: the national codes of counties have 6, of towns 9 (GB/T 2260, 10114)."""
    if value is None or value == "":
        return None
    code = value.ljust(12, "0") if len(value) in {6, 9} else value
    if not DIVISION.fullmatch(code):
        raise ValueError("no division")
    return str(code)
