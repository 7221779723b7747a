"""What a role may do, and where."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.access import allow, authorize
from shared.auth.errors import GrantNeeded, NotAllowed
from shared.auth.principals import BY_DIVISION, WHOLE_PLATFORM, Principal
from shared.contracts.codes import Role
from shared.testing import Call

ROLES = st.sampled_from(list(Role))
CODES = st.from_regex(r"[1-9][0-9]{11}", fullmatch=True)


@given(ROLES, st.frozensets(ROLES), st.sampled_from(["write", "other"]))
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, allowed: frozenset[Role], action: str) -> None:
    principal = Principal("x", role)
    if action == "write" and role in allowed:
        authorize(principal, action, {"write": allowed})
    else:
        with pytest.raises(NotAllowed):
            authorize(principal, action, {"write": allowed})


def test_a_partner_application_is_told_of_the_grant_that_it_needs_only_where_one_helps() -> None:
    application = Principal("village-app", Role.PARTNER_APPLICATION)
    with pytest.raises(GrantNeeded) as needed:
        authorize(application, "read_pairings", {"read_pairings": frozenset({Role.RURAL_OFFICER})})
    assert "grant_id" in needed.value.text("remedy", "zh")
    assert "grant_id" in needed.value.text("remedy", "en")
    with pytest.raises(NotAllowed):
        authorize(application, "review", {"review": frozenset({Role.RURAL_OFFICER})})


@given(ROLES, CODES, CODES)
def test_an_office_covers_what_lies_below_it_and_others_cover_all_or_nothing(role: Role, own: str, other: str) -> None:
    principal = Principal("x", role, division=own)
    if role in WHOLE_PLATFORM:
        assert principal.covers(other)
    elif role in BY_DIVISION:
        assert principal.covers(own) or own.startswith("1000")
        assert principal.covers(other) == other.startswith(principal.prefix or "")
    else:
        assert not principal.covers(other)
    assert not principal.covers(None)


def test_an_office_without_a_division_covers_nothing() -> None:
    for role in BY_DIVISION:
        assert Principal("x", role).prefix is None
        assert not Principal("x", role).covers("513431000000")


def test_only_an_organization_speaks_for_itself() -> None:
    own = uuid4()
    assert Principal("x", Role.ORGANIZATION, organization_id=own).speaks_for(own)
    assert not Principal("x", Role.ORGANIZATION, organization_id=own).speaks_for(uuid4())
    assert not Principal("x", Role.ORGANIZATION).speaks_for(own)
    assert not Principal("x", Role.PROVINCIAL_OFFICER, organization_id=own).speaks_for(own)


def test_the_dependency_of_an_action_bears_its_name() -> None:
    check = allow("write")
    assert (check.__name__, check.action) == ("allow_write", "write")  # type: ignore[attr-defined]


async def test_a_route_knows_its_caller_or_refuses(tiny_call: Call) -> None:
    missing = await tiny_call(None).get("/tiny/v1/things")
    assert (missing.status_code, missing.json()["type"]) == (401, "/tiny/problems/token-missing")
    assert missing.headers["www-authenticate"] == "Bearer"
    for header in ("Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z"):
        refused = await tiny_call(None).get("/tiny/v1/things", headers={"Authorization": header})
        assert refused.status_code == 401
        assert refused.json()["type"].startswith("/tiny/problems/token-")
    not_allowed = await tiny_call(Role.ORGANIZATION).post("/tiny/v1/things", json={"name": "x"})
    assert (not_allowed.status_code, not_allowed.json()["type"]) == (403, "/tiny/problems/not-allowed")
