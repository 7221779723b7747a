"""The callers of the matrix: every role in its own scope, in a sibling's and in the one above, and as nobody."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.contracts.codes import Role
from shared.testing import TestIssuer
from tests.matrix.rules import KNOWN, Scope

PROVINCE, PREFECTURE = "510000000000", "513400000000"
COUNTY, SIBLING_COUNTY = "513431000000", "513430000000"
TOWN, SIBLING_TOWN = "513431100000", "513431101000"
OFFICES = {Scope.OWN: COUNTY, Scope.SIBLING: SIBLING_COUNTY, Scope.PARENT: PREFECTURE}
EDITORS = {Scope.OWN: TOWN, Scope.SIBLING: SIBLING_TOWN, Scope.PARENT: COUNTY}
BY_DIVISION = {
    Role.RURAL_OFFICER: OFFICES,
    Role.CIVIL_AFFAIRS_OFFICER: OFFICES,
    Role.VILLAGE_EDITOR: EDITORS,
    Role.PROVINCIAL_OFFICER: {Scope.OWN: PROVINCE, Scope.SIBLING: "440000000000", Scope.PARENT: "100000000000"},
}
FOREIGN_ISSUER = "https://elsewhere.test"
Organizations = Mapping[Scope, UUID]
"""The organization, another one, and the one that raises funds for the first: nearer, and yet no more than another."""


def subject(role: Role, scope: Scope) -> str:
    """Return the subject of a caller's token."""
    return f"{role.value} {scope.value}".replace(" ", "-")


def claims(role: Role, scope: Scope, organizations: Organizations) -> dict[str, Any]:
    """
    Return what a caller's token says of its scope.

    A role without a scope of its own is given what others have: a county, the organization. It must not gain by it.
    """
    if role in BY_DIVISION:
        return {"division": BY_DIVISION[role][scope]}
    if role in {Role.ORGANIZATION, Role.SUPERVISING_UNIT}:
        return {"organization_id": organizations[scope]}
    strange = {Scope.SIBLING: {"division": COUNTY}, Scope.PARENT: {"organization_id": organizations[Scope.OWN]}}
    return dict(strange.get(scope, {}))


def make_tokens(issuer: TestIssuer, organizations: Organizations) -> dict[tuple[Role, Scope], str]:
    """Return the token of every caller; what is wrong with some is the time or the issuer alone."""
    foreign = TestIssuer(issuer_name=FOREIGN_ISSUER)
    tokens = {}
    for role in Role:
        for scope in KNOWN:
            said = claims(role, scope, organizations)
            tokens[role, scope] = issuer.token(role, sub=subject(role, scope), **said)
        own = {"sub": subject(role, Scope.OWN), **claims(role, Scope.OWN, organizations)}
        tokens[role, Scope.EXPIRED] = issuer.token(role, lives=-60, **own)
        tokens[role, Scope.FOREIGN] = foreign.token(role, **own)
    return tokens
