"""What the matrix expects of a route: who gets what from which scope."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from shared.contracts.codes import GrantScope, Role


class Scope(StrEnum):
    """From where a caller asks, seen from the object: the scopes proper, and the ways not to be known at all."""

    OWN = "own scope"
    SIBLING = "sibling scope"
    PARENT = "parent scope"
    NO_TOKEN = "no token"
    EXPIRED = "expired token"
    FOREIGN = "foreign issuer"


KNOWN = (Scope.OWN, Scope.SIBLING, Scope.PARENT)
UNKNOWN = (Scope.NO_TOKEN, Scope.EXPIRED, Scope.FOREIGN)


class Outcome(StrEnum):
    """What a caller meets."""

    GRANTED = "granted"
    EMPTY = "a list without the object"
    HIDDEN = "404 as if it did not exist"
    OUTSIDE = "403, for what everybody may see but only its own side may do"
    REFUSED = "403, for the role does not include it"
    NOBODY = "401, for nobody is known"
    BEYOND = "what the rule says of other scopes"


EMPTY, HIDDEN, OUTSIDE, REFUSED = Outcome.EMPTY, Outcome.HIDDEN, Outcome.OUTSIDE, Outcome.REFUSED
_YES, _NO = Outcome.GRANTED, Outcome.BEYOND


class Reach(NamedTuple):
    """What a role meets from its own scope, from a sibling's and from the one above."""

    own: Outcome
    sibling: Outcome
    parent: Outcome


ANY = Reach(_YES, _YES, _YES)
ABOVE = Reach(_YES, _NO, _YES)
OWN = Reach(_YES, _NO, _NO)
NONE = Reach(_NO, _NO, _NO)
May = Mapping[Role, Reach]


def by(
    *,
    system: Reach | None = None,
    security: Reach | None = None,
    audit: Reach | None = None,
    province: Reach | None = None,
    rural: Reach | None = None,
    editor: Reach | None = None,
    civil: Reach | None = None,
    supervising: Reach | None = None,
    organization: Reach | None = None,
    app: Reach | None = None,
    service: Reach | None = None,
) -> May:
    """Return a line of the table; a role that is not named is refused whatever the object."""
    named = {
        Role.SYSTEM_ADMINISTRATOR: system,
        Role.SECURITY_ADMINISTRATOR: security,
        Role.AUDIT_ADMINISTRATOR: audit,
        Role.PROVINCIAL_OFFICER: province,
        Role.RURAL_OFFICER: rural,
        Role.VILLAGE_EDITOR: editor,
        Role.CIVIL_AFFAIRS_OFFICER: civil,
        Role.SUPERVISING_UNIT: supervising,
        Role.ORGANIZATION: organization,
        Role.PARTNER_APPLICATION: app,
        Role.SERVICE: service,
    }
    return {role: reach for role, reach in named.items() if reach is not None}


def everybody(**but: Reach) -> May:
    """Return a line in which every role is let through, with exceptions."""
    names = ("system", "security", "audit", "province", "rural", "editor", "civil", "supervising", "organization",
             "app", "service")  # fmt: skip
    return by(**{name: but.get(name, ANY) for name in names})


def business(**but: Reach) -> May:
    """Return a line in which everybody of the business is let through: no administrator and no service."""
    names = ("province", "rural", "editor", "civil", "supervising", "organization", "app")
    return by(**{name: but.get(name, ANY) for name in names})


Objects = Mapping[str, Any]
"""What the requests name, by name; a mapping by role where each role has its own."""


@dataclass(frozen=True)
class Rule:
    """
    What is expected of a route, and how it is asked.

    ``given`` names the object of a path parameter where it is not the parameter's own name; ``shows`` the object that a
    list shows to who may see it; ``answers`` the status of who is let through where that is no success: with 422 a
    route needs no body. ``seen`` is the object whose version is sent as If-Match; ``hides`` the one that a refusal must
    not tell of, where the request names others too. ``needs`` are the scopes that a grant must hold besides the route's
    own, for what the request names; ``officials_only`` is what no application is shown for an office. Several rules of
    one route ask for several objects.
    """

    route: str
    may: May = field(default_factory=dict)
    beyond: Outcome = HIDDEN
    given: Mapping[str, str] = field(default_factory=dict)
    shows: str | None = None
    body: Callable[[Objects], Any] | None = None
    form: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    seen: str | None = None
    hides: str | None = None
    answers: int | None = None
    needs: frozenset[GrantScope] = frozenset()
    officials_only: bool = False
    is_open: bool = False

    @property
    def method(self) -> str:
        """The method of the route."""
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path of the route, with its parameters in braces."""
        return self.route.partition(" ")[2]

    def expects(self, role: Role | None, scope: Scope) -> Outcome:
        """Return what a role meets from a scope; no role is the public."""
        if self.is_open:
            return Outcome.GRANTED
        if role is None or scope in UNKNOWN:
            return Outcome.NOBODY
        if role not in self.may:
            return Outcome.REFUSED
        outcome = self.may[role][KNOWN.index(scope)]
        return self.beyond if outcome is Outcome.BEYOND else outcome


def is_open(route: str, **more: Any) -> Rule:
    """Return the rule of a route that needs no token."""
    return Rule(route, is_open=True, **more)
