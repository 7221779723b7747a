"""API clients and the tokens they get."""

import base64

import pytest

from shared.auth.issuers import TrustedIssuer
from shared.auth.tokens import TokenVerifier
from shared.contracts.codes import Role
from shared.testing import ISSUER, Call
from tests.registry.clients import make_client
from tests.registry.records import create, officer

pytestmark = pytest.mark.usefixtures("places")
NEW = {"client_id": "zhaojue-rural", "name": "昭觉县农业农村局", "role": "rural_officer", "division": "513431000000"}


async def test_the_security_administrator_creates_a_client_whose_secret_is_shown_once(call: Call) -> None:
    admin = call(Role.SECURITY_ADMINISTRATOR)
    created = await admin.post("/registry/v1/api-clients", json=NEW)
    assert created.status_code == 201
    assert len(created.json()["client_secret"]) >= 43
    listed = (await admin.get("/registry/v1/api-clients", params={"with_total": True})).json()
    assert [client["client_id"] for client in listed["items"]] == ["zhaojue-rural"]
    assert listed["total"] == 1
    assert "client_secret" not in listed["items"][0]


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMINISTRATOR, Role.PROVINCIAL_OFFICER, Role.ORGANIZATION])
async def test_nobody_else_creates_clients(call: Call, role: Role) -> None:
    refused = await call(role).post("/registry/v1/api-clients", json=NEW)
    assert refused.status_code == 403
    assert refused.json()["type"] == "/registry/problems/not-allowed"
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_taken_name_is_refused_and_nothing_is_written(call: Call) -> None:
    admin = call(Role.SECURITY_ADMINISTRATOR)
    await admin.post("/registry/v1/api-clients", json=NEW)
    refused = await admin.post("/registry/v1/api-clients", json=NEW)
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["pointer"] == "/client_id"


async def test_an_office_needs_a_division_and_an_organization_its_id(call: Call) -> None:
    admin = call(Role.SECURITY_ADMINISTRATOR)
    office = await admin.post("/registry/v1/api-clients", json=NEW | {"division": None})
    assert (office.status_code, office.json()["errors"][0]["pointer"]) == (422, "/division")
    body = {"client_id": "some-org", "name": "x", "role": "organization"}
    organization = await admin.post("/registry/v1/api-clients", json=body)
    assert (organization.status_code, organization.json()["errors"][0]["pointer"]) == (422, "/organization_id")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"division": "513499000000"}, "/division", "client-division-unknown"),
        ({"name": "联系人:张三 13812345678"}, "/name", "personal_data"),
        ({"client_id": "platform"}, "/client_id", "reserved_name"),
        ({"client_id": "anonymous"}, "/client_id", "reserved_name"),
        ({"client_id": "system"}, "/client_id", "reserved_name"),
        (
            {"role": "organization", "organization_id": "01890a5d-ac96-774b-bcce-b302099a8057"},
            "/organization_id",
            "client-organization-unknown",
        ),
    ],
)
async def test_a_client_works_under_and_for_what_is_on_record(
    call: Call, changes: dict[str, str], pointer: str, code: str
) -> None:
    refused = await call(Role.SECURITY_ADMINISTRATOR).post("/registry/v1/api-clients", json=NEW | changes)
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["pointer"], error["code"]) == (422, pointer, code)
    assert "13812345678" not in refused.text


async def test_an_organization_on_record_gets_its_client(call: Call) -> None:
    organization = await create(officer(call))
    body = {"client_id": "some-org", "name": "机构", "role": "organization", "organization_id": organization["id"]}
    assert (await call(Role.SECURITY_ADMINISTRATOR).post("/registry/v1/api-clients", json=body)).status_code == 201


async def test_credentials_are_exchanged_for_a_token_that_the_published_keys_prove(call: Call) -> None:
    secret = (await make_client(call, NEW))["client_secret"]
    form = {"grant_type": "client_credentials", "client_id": "zhaojue-rural", "client_secret": secret}
    answer = await call(None).post("/registry/v1/tokens", data=form)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"

    async def keys() -> dict[str, object]:
        document: dict[str, object] = (await call(None).get("/registry/v1/jwks")).json()
        assert all("d" not in key for key in document["keys"])  # type: ignore[attr-defined]
        return document

    verifier = TokenVerifier([TrustedIssuer(ISSUER, "xiangqiao", ["Ed25519"], keys)])
    principal = await verifier.verify(answer.json()["access_token"])
    assert (principal.subject, principal.role, principal.prefix) == ("zhaojue-rural", Role.RURAL_OFFICER, "513431")


@pytest.fixture
async def secret(call: Call) -> str:
    return str((await make_client(call, NEW))["client_secret"])


async def test_http_basic_does_too(call: Call, secret: str) -> None:
    header = "Basic " + base64.b64encode(f"zhaojue-rural:{secret}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    answer = await call(None).post("/registry/v1/tokens", data=form, headers={"Authorization": header})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "slug"),
    [
        ({"client_id": "zhaojue-rural", "client_secret": "wrong"}, 401, "client-not-recognised"),
        ({"client_id": "nobody", "client_secret": "wrong"}, 401, "client-not-recognised"),
        ({}, 401, "client-not-recognised"),
        ({"grant_type": "password"}, 400, "grant-not-supported"),
    ],
)
async def test_wrong_credentials_get_no_token(
    call: Call, secret: str, form: dict[str, str], status: int, slug: str
) -> None:
    assert secret
    answer = await call(None).post("/registry/v1/tokens", data={"grant_type": "client_credentials"} | form)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/registry/problems/{slug}")
    assert "wrong" not in answer.text


@pytest.mark.parametrize(
    "header", ["Basic !!!", "Basic eA==", "Digest x", "Basic " + base64.b64encode(b"\xff").decode()]
)
async def test_a_broken_authorization_header_gets_no_token(call: Call, header: str) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await call(None).post("/registry/v1/tokens", data=form, headers={"Authorization": header})
    assert answer.status_code == 401


async def test_a_disabled_client_gets_no_token(call: Call, secret: str) -> None:
    disabled = await call(Role.SECURITY_ADMINISTRATOR).post("/registry/v1/api-clients/zhaojue-rural/disable")
    assert disabled.json()["disabled_at"]
    form = {"grant_type": "client_credentials", "client_id": "zhaojue-rural", "client_secret": secret}
    assert (await call(None).post("/registry/v1/tokens", data=form)).status_code == 401


async def test_a_client_that_is_not_there_cannot_be_disabled(call: Call) -> None:
    assert (await call(Role.SECURITY_ADMINISTRATOR).post("/registry/v1/api-clients/none/disable")).status_code == 404
