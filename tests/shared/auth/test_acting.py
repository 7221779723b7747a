"""An application that acts for somebody: what its token says, what it may do, and how it signs."""

from typing import Any

import pytest
from starlette.requests import Request

from shared.actors import describe_caller
from shared.auth.access import authorize
from shared.auth.errors import NotAllowed, NotGranted, TokenInvalid
from shared.auth.principals import Principal, read_signature
from shared.auth.tokens import TokenVerifier
from shared.contracts.codes import Role
from shared.db import new_id
from shared.testing import Call, granted
from tests.shared.auth.issuing import FakeIssuer

TABLE = {
    "read_pairings": frozenset({Role.RURAL_OFFICER}),
    "answer_pairings": frozenset({Role.RURAL_OFFICER}),
    "review": frozenset({Role.RURAL_OFFICER}),
    "read_supplies": frozenset({Role.ORGANIZATION}),
}


async def read(**claims: Any) -> Principal:
    issuer = FakeIssuer()
    return await TokenVerifier([issuer.own()]).verify(issuer.token(**claims))


def claims_of(*scopes: str, **changes: Any) -> dict[str, Any]:
    return granted(*scopes, application="village-app") | {"grant_id": str(new_id())} | changes


async def test_it_stands_where_the_grantor_stands_and_is_known_beside_it() -> None:
    acting, own = await read(**claims_of("pairings.read", "demands.read")), await read()
    assert (acting.subject, acting.role, acting.prefix, acting.scope) == (own.subject, own.role, own.prefix, own.scope)
    assert (acting.acting_by, acting.asking_client) == ("village-app", "village-app")
    assert acting.scopes == {"pairings.read", "demands.read"}
    assert acting.signature == "village-app for somebody"


async def test_it_may_do_what_the_role_may_and_the_grant_names() -> None:
    acting = await read(**claims_of("pairings.read", "supplies.read"))
    authorize(acting, "read_pairings", TABLE)
    for action in ("answer_pairings", "review"):
        with pytest.raises(NotGranted):
            authorize(acting, action, TABLE)
    for action in ("read_supplies", "unheard_of"):
        with pytest.raises(NotAllowed):
            authorize(acting, action, TABLE)


@pytest.mark.parametrize("scopes", ["", "review", "*", "pairings", "PAIRINGS.READ"])
async def test_a_scope_that_is_none_gives_nothing(scopes: str) -> None:
    acting = await read(**claims_of(scope=scopes))
    for action in ("read_pairings", "review"):
        with pytest.raises(NotGranted):
            authorize(acting, action, TABLE)


@pytest.mark.parametrize(
    "changes",
    [
        {"act": None}, {"scope": None}, {"grant_id": None}, {"grant_ends": None}, {"act": {}}, {"act": {"sub": 7}},
        {"act": {"sub": "an app for somebody"}}, {"scope": ["pairings.read"]}, {"grant_id": "x"},
        {"grant_ends": "soon"},
    ],
    ids=str,
)  # fmt: skip
async def test_half_a_grant_is_no_token_at_all(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        await read(**claims_of("pairings.read", **changes))


async def test_another_issuer_lets_nobody_act_for_anybody() -> None:
    issuer = FakeIssuer()
    caller = await TokenVerifier([issuer.foreign()]).verify(issuer.token(**claims_of("pairings.read")))
    assert (caller.acting_by, caller.scopes, caller.grant) == (None, None, None)


async def test_both_have_a_part_in_what_they_signed() -> None:
    acting = await read(**claims_of("demands.write"))
    for name in ("somebody", "village-app"):
        assert Principal(name, Role.RURAL_OFFICER).has_signed(acting.signature)
    assert acting.has_signed("somebody")
    assert acting.has_signed("village-app for somebody else")
    assert not Principal("other", Role.RURAL_OFFICER).has_signed(acting.signature)
    assert not Principal("other", Role.RURAL_OFFICER).has_signed(None)


@pytest.mark.parametrize("subject", ["https://idp.test#village-app for somebody", "portal#x for y", "plain-client"])
def test_no_name_reads_like_a_signature_of_two(subject: str) -> None:
    assert read_signature(subject) == {subject}


async def test_a_grant_that_is_not_enough_is_told_apart_from_a_role_that_is_not(tiny_call: Call) -> None:
    acting = tiny_call(Role.PROVINCIAL_OFFICER, grant=granted("pairings.read"))
    refused = await acting.post("/tiny/v1/things", json={"name": "x"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/tiny/problems/not-granted")


async def test_the_audit_log_names_the_application_and_for_whom_it_acted() -> None:
    for claims, expected in ((claims_of("demands.write"), ("village-app", "somebody")), ({}, ("somebody", None))):
        scope = {"type": "http", "method": "GET", "headers": [], "state": {"principal": await read(**claims)}}
        entry = describe_caller(Request(scope))
        assert (entry["subject"], entry["acting_for"], entry["role"]) == (*expected, "rural_officer")
