"""Two people let every client and secret in; the deployment alone makes clients of services."""

from typing import Any

import httpx
import pytest

from services.registry.api_clients.actions import ensure_api_client
from services.registry.api_clients.schemas import ApiClientCreate
from shared import clock
from shared.contracts.codes import Role
from shared.sealing import Sealer
from shared.testing import SECRET_KEY, Call, SavepointDatabase
from tests.registry.clients import CLIENTS, activator, ask_for_token, make_client, maker

pytestmark = pytest.mark.usefixtures("places")
NEW = {"client_id": "zhaojue-rural", "name": "昭觉县农业农村局", "role": "rural_officer", "division": "513431000000"}
ONE = f"{CLIENTS}/zhaojue-rural"
DEPLOYED = "a secret of the deployment, 32 or more"  # pragma: allowlist secret


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


async def deploy(database: SavepointDatabase, secret: str = DEPLOYED, **changes: Any) -> None:
    command = ApiClientCreate.model_validate(NEW | changes)
    async with database.transaction() as session:
        await ensure_api_client(session, command=command, secret=secret, sealer=Sealer(SECRET_KEY), at=clock.now())


async def test_a_client_gets_no_token_until_somebody_else_than_its_maker_lets_it_in(call: Call) -> None:
    made = (await maker(call).post(CLIENTS, json=NEW)).json()
    secret = made["client_secret"]
    assert (made["activated_at"], made["secrets"][0]["activated_at"]) == (None, None)
    assert problem(await ask_for_token(call, "zhaojue-rural", secret)) == (403, "client-not-activated")
    assert problem(await ask_for_token(call, "zhaojue-rural", "wrong")) == (401, "client-not-recognised")
    assert problem(await maker(call).post(f"{ONE}/activate")) == (403, "activator-is-creator")
    assert (await ask_for_token(call, "zhaojue-rural", secret)).status_code == 403
    let_in = (await activator(call).post(f"{ONE}/activate")).json()
    assert let_in["activated_by"] == let_in["secrets"][0]["activated_by"] == "second-security-administrator"
    assert (await ask_for_token(call, "zhaojue-rural", secret)).status_code == 200
    again = (await activator(call).post(f"{ONE}/activate")).json()
    assert again["activated_at"] == let_in["activated_at"]


async def test_a_secret_added_to_a_client_in_use_is_let_in_by_somebody_else_too(call: Call) -> None:
    first = await make_client(call, NEW)
    added = (await activator(call).post(f"{ONE}/secrets", json={})).json()
    # The client is active, which lets nothing in that came later.
    assert (await maker(call).post(f"{ONE}/activate")).status_code == 200
    answers = [await ask_for_token(call, "zhaojue-rural", one["client_secret"]) for one in (first, added)]
    assert [answer.status_code for answer in answers] == [200, 403]
    activate = f"{ONE}/secrets/{added['id']}/activate"
    assert problem(await activator(call).post(activate)) == (403, "activator-is-creator")
    let_in = (await maker(call).post(activate)).json()
    assert let_in["activated_by"] == f"test-{Role.SECURITY_ADMINISTRATOR}"
    assert (await maker(call).post(activate)).json()["activated_at"] == let_in["activated_at"]
    assert (await ask_for_token(call, "zhaojue-rural", added["client_secret"])).status_code == 200
    assert problem(await maker(call).post(f"{ONE}/secrets/{first['id']}/activate"))[0] == 404


async def test_who_lets_a_client_in_does_not_let_in_a_secret_of_their_own(call: Call) -> None:
    await maker(call).post(CLIENTS, json=NEW)
    own = (await activator(call).post(f"{ONE}/secrets", json={})).json()
    let_in = (await activator(call).post(f"{ONE}/activate")).json()
    assert [one["activated_at"] is None for one in let_in["secrets"]] == [False, True]
    assert (await ask_for_token(call, "zhaojue-rural", own["client_secret"])).status_code == 403


async def test_clients_of_services_and_their_secrets_come_from_the_deployment_alone(
    call: Call, database: SavepointDatabase
) -> None:
    service: dict[str, Any] = {"client_id": "projects", "role": "service", "division": None}
    assert problem(await maker(call).post(CLIENTS, json=NEW | service)) == (403, "services-are-deployed")
    await deploy(database, **service)
    assert (await ask_for_token(call, "projects", DEPLOYED)).status_code == 200
    added = await maker(call).post(f"{CLIENTS}/projects/secrets", json={})
    assert problem(added) == (403, "services-are-deployed")


async def test_another_role_or_scope_by_the_deployment_ends_every_secret_and_token_of_before(
    call: Call, database: SavepointDatabase
) -> None:
    made = await make_client(call, NEW)
    await deploy(database)
    for change, count in (({}, 0), ({"division": "510722000000"}, 2), ({"role": "village_editor"}, 3)):
        await deploy(database, **{"division": "510722000000"} | change if change else {})
        gone = (await call(Role.SERVICE).get("/registry/v1/revocations")).json()["secrets"]
        assert len(gone) == count
        assert (made["secrets"][0]["id"] in gone) is bool(count)
        assert (await ask_for_token(call, "zhaojue-rural", DEPLOYED)).status_code == 200
        of_before = await ask_for_token(call, "zhaojue-rural", made["client_secret"])
        assert of_before.status_code == (401 if count else 200)


async def test_an_earlier_end_by_the_deployment_ends_the_tokens_of_before_and_a_later_one_does_not(
    call: Call, database: SavepointDatabase
) -> None:
    ends = ["2099-01-01T00:00:00Z", "2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]
    counts = []
    await deploy(database)
    for end in ends:
        await deploy(database, expires_at=end)
        counts.append(len((await call(Role.SERVICE).get("/registry/v1/revocations")).json()["secrets"]))
    assert counts == [1, 2, 2]


async def test_what_waits_for_a_second_person_is_active_once_the_deployment_states_it(
    call: Call, database: SavepointDatabase
) -> None:
    waiting = (await maker(call).post(CLIENTS, json=NEW)).json()["client_secret"]
    await deploy(database)
    assert (await ask_for_token(call, "zhaojue-rural", DEPLOYED)).status_code == 200
    assert problem(await ask_for_token(call, "zhaojue-rural", waiting)) == (403, "client-not-activated")
