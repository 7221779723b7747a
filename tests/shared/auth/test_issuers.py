"""What is believed of the tokens of another issuer, and what its settings may not say."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from shared.auth.errors import TokenInvalid
from shared.auth.tokens import TokenVerifier
from shared.contracts.codes import Role
from shared.db import Database
from shared.settings import CommonSettings, Issuer
from shared.testing import Caller
from tests.shared.auth.issuing import FakeIssuer
from tests.shared.tiny_app import build_tiny

MAPPED: dict[str, Any] = {
    "claims": {"subject": "uid", "role": "realm_access.roles", "division": "region", "organization": "org"},
    "roles": {"县农业农村局": "rural_officer", "民政局": "civil_affairs_officer", "机构": "organization"},
}


async def test_its_claims_are_read_as_the_settings_map_them() -> None:
    issuer, organization = FakeIssuer(), uuid4()
    verifier = TokenVerifier([issuer.foreign(**MAPPED)])
    given = {"role": None, "division": None, "uid": "7", "realm_access": {"roles": ["offline", "县农业农村局"]}}
    office = await verifier.verify(issuer.token(**given, region="513431"))
    assert (office.subject, office.issuer) == ("https://idp.test#7", "https://idp.test")
    assert (office.role, office.division, office.prefix) == (Role.RURAL_OFFICER, "513431000000", "513431")
    given["realm_access"] = {"roles": ["机构"]}
    body = await verifier.verify(issuer.token(**given, org=str(organization), region="", act={"sub": "somebody else"}))
    assert (body.role, body.organization_id, body.division) == (Role.ORGANIZATION, organization, None)
    assert (body.acting_by, body.scopes) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"uid": None}, {"uid": ""}, {"uid": "a\x00b"}, {"uid": "x" * 256}, {"uid": 7},
        {"realm_access": {"roles": ["offline"]}}, {"realm_access": {"roles": ["县农业农村局", "民政局"]}},
        {"realm_access": {"roles": ["rural_officer"]}}, {"realm_access": "x"}, {"region": "51343"}, {"region": 513431},
        {"region": "00343100000x"}, {"org": "x"},
    ],
    ids=str,
)  # fmt: skip
async def test_a_claim_that_means_nothing_here_is_refused(wrong: dict[str, Any]) -> None:
    issuer = FakeIssuer()
    given = {"uid": "7", "realm_access": {"roles": ["县农业农村局"]}, "region": "513431"} | wrong
    with pytest.raises(TokenInvalid):
        await TokenVerifier([issuer.foreign(**MAPPED)]).verify(issuer.token(**given))


async def test_no_other_issuer_speaks_as_a_service_of_the_platform() -> None:
    issuer = FakeIssuer()
    with pytest.raises(TokenInvalid):
        await TokenVerifier([issuer.foreign()]).verify(issuer.token(role="service"))
    with pytest.raises(ValidationError):
        issuer.foreign(roles={"x": "service"})


async def test_a_token_without_a_key_id_is_believed_of_an_issuer_with_one_key_only() -> None:
    issuer = FakeIssuer()
    assert await TokenVerifier([issuer.foreign()]).verify(issuer.token(kid=None))
    with pytest.raises(TokenInvalid):
        await TokenVerifier([issuer.own()]).verify(issuer.token(kid=None))
    with pytest.raises(TokenInvalid):
        await TokenVerifier([issuer.foreign()]).verify(issuer.token(kid=None, key=FakeIssuer().key))


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://a.test#b"}, {"issuer": "idp"}, {"algorithms": ["HS256"]}, {"algorithms": ["none"]},
        {"algorithms": []}, {"claims": {"subjekt": "x"}}, {"roles": {"x": "king"}}, {"jwks": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_settings_of_an_issuer_that_are_no_good_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Issuer(**{"issuer": "https://a.test", "jwks_url": "https://a.test/keys"} | wrong)


def test_an_issuer_is_named_once_and_none_takes_the_place_of_registry() -> None:
    one = Issuer(issuer="https://a.test", jwks_url="https://a.test/keys")
    for issuers, own in (([one, one], "https://own.test"), ([one], "https://a.test")):
        with pytest.raises(ValidationError):
            CommonSettings(secret_key="x" * 32, issuer=own, issuers=issuers)  # type: ignore[arg-type]


async def test_namesakes_of_two_issuers_share_nothing(tiny: Database, common: CommonSettings) -> None:
    issuers = [FakeIssuer("https://one.test"), FakeIssuer("https://two.test"), FakeIssuer("https://registry.test")]
    believed = [issuers[0].foreign(), issuers[1].foreign(), issuers[2].own()]
    app: FastAPI = build_tiny(tiny, common, TokenVerifier(believed))
    callers = [Caller(app, one.token(sub="zhang")) for one in issuers]
    key = {"Idempotency-Key": "the-same-key"}
    begun = [await caller.post("/tiny/v1/work", headers=key) for caller in callers]
    assert [one.status_code for one in begun] == [202, 202, 202]
    assert len({one.json()["id"] for one in begun}) == 3
    for at, answer in enumerate(begun):
        seen = [(await one.get(f"/tiny/v1/operations/{answer.json()['id']}")).status_code for one in callers]
        assert seen == [200 if number == at else 404 for number in range(3)]
