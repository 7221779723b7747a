"""Generated requests, valid and not, to every operation of the running services: no 5xx, nothing undocumented."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo.actors import NATION, PROVINCE, SECURITY_ADMINISTRATORS, Actor, Cast
from shared.contracts.dictionaries import dictionaries
from tests.e2e.walkthrough import fill, read_exchanges, walk
from tests.e2e.wild_requests import COLLECTIONS, NOBODY, Caller, Known, Sender, load_operations
from tests.platform import FAULTS, SERVICES, Platform

pytestmark = pytest.mark.xdist_group("platform")

EXAMPLES = 20 if FAULTS else 3
README = Path(__file__).parents[2] / "README.md"
DIVISIONS = ["513223000000", PROVINCE, "513221000000"]
OFFICERS = {"provincial_officer": PROVINCE, "civil_affairs_officer": PROVINCE, "rural_officer": NATION}


async def _get_token(platform: Platform, client_id: str, secret: str) -> str:
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{platform.urls['registry']}/registry/v1/tokens",
            data={"grant_type": "client_credentials"},
            auth=(client_id, secret),
        )
    return str(answer.json()["access_token"])


async def _introduce(platform: Platform, administrators: list[Actor], role: str, **scope: str) -> Caller:
    body = {"client_id": f"wild-{role}", "name": role, "role": role, **scope}
    maker, activator = administrators
    made = await maker.post("/registry/v1/api-clients", body)
    await activator.post(f"/registry/v1/api-clients/{body['client_id']}/activate")
    return Caller(role, await _get_token(platform, body["client_id"], made["client_secret"]))


@pytest.fixture(scope="module")
async def administrators(platform: Platform) -> AsyncIterator[list[Actor]]:
    actors = [Actor(platform.urls, name, platform.secrets[name]) for name in SECURITY_ADMINISTRATORS]
    yield actors
    for actor in actors:
        await actor.close()


@pytest.fixture(scope="module")
async def walked(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Go the way of one pairing, so that one thing of each kind is there."""
    file = tmp_path_factory.mktemp("wild") / "clients.json"
    cast = Cast(platform.urls, platform.secrets, file)
    try:
        # The README's own organization may be on record already, from the test of the README.
        text = README.read_text(encoding="utf-8").replace("养蜂技术协会", "养蜂试验协会")
        return await walk(cast, read_exchanges(text), group="walk")
    finally:
        await cast.close()


@pytest.fixture(scope="module")
async def callers(platform: Platform, administrators: list[Actor], walked: dict[str, str]) -> list[Caller]:
    """Return one caller of every role that an operation may need."""
    return [
        *[await _introduce(platform, administrators, role, division=place) for role, place in OFFICERS.items()],
        await _introduce(platform, administrators, "organization", organization_id=walked["organization"]),
        *[
            Caller(client_id, await _get_token(platform, client_id, platform.secrets[client_id]))
            for client_id in ("security-administrator", "audit-administrator", "projects")
        ],
    ]


@pytest.fixture(scope="module")
def known(platform: Platform, callers: list[Caller], walked: dict[str, str]) -> Known:
    """Return what is there to be named: the README's things first, then what the lists show."""
    found = Known({f"{name}_id": [identity] for name, identity in walked.items()})
    for name in ("division", "registered_division", "record_division", "parent_code", "code"):
        found.values[name] = DIVISIONS
    found.values["{name}"] = sorted(dictionaries())
    found.values["{slug}"] = ["invalid-request", "stale", "not-allowed"]
    found.values["{kind}"] = ["organizations", "demands", "supplies"]
    found.values["client_id"] = ["wild-nobody"]
    for service, url in platform.urls.items():
        for collection in COLLECTIONS:
            headers = {"Authorization": f"Bearer {callers[0].token}"}
            answer = httpx.get(f"{url}/{service}/v1/{collection}?limit=5", headers=headers)
            if answer.is_success:
                found.learn(collection, answer.json())
    for exchange in read_exchanges(README.read_text(encoding="utf-8")):
        path = re.sub(r"{(\w+)}", r"{\1_id}", exchange.path)
        found.bodies[f"{exchange.method} {path}"] = fill(exchange.body, walked)
    found.bodies["POST /matching/v1/subscriptions"] = {"endpoint": NOBODY, "event_types": ["matching.pairing.*"]}
    found.values["subject_id"] = [walked["demand"], walked["supply"]]
    found.values["fundraiser_id"] = found.values["organization_id"]
    return found


# The registry comes last: an organization that was made to leave draws its supplies and pairings along.
@pytest.mark.parametrize("service", SERVICES[::-1])
def test_no_request_finds_a_server_error_or_an_undocumented_answer(
    platform: Platform, callers: list[Caller], known: Known, service: str
) -> None:
    url = platform.urls[service]
    document: dict[str, Any] = httpx.get(f"{url}/{service}/openapi.json").json()
    sender = Sender(url, known)
    statuses: Counter[int] = Counter()
    failures: list[str] = []
    closed: list[str] = []
    try:
        for operation in load_operations(url, document):
            found = sender.try_operation(operation, callers, examples=EXAMPLES)
            statuses += found.statuses
            failures += [f"{operation.label}: {failure}" for failure in found.failures]
            if not found.open:
                closed.append(operation.label)
    finally:
        sender.close()
    assert not failures, "\n".join(failures)
    # An operation that none of the callers may do was not tried at all.
    assert not closed
    assert {200, 201, 401, 403, 404, 409, 422} <= set(statuses), statuses


def test_an_answer_that_the_document_lacks_is_seen(platform: Platform, callers: list[Caller]) -> None:
    url = platform.urls["registry"]
    document: dict[str, Any] = httpx.get(f"{url}/registry/openapi.json").json()
    path = "/registry/v1/organizations/{organization_id}"
    one = document["paths"][path]["get"]
    del one["responses"]["404"]
    (operation,) = load_operations(url, document | {"paths": {path: {"get": one}}})
    sender = Sender(url, Known())
    found = sender.try_operation(operation, callers, examples=EXAMPLES)
    sender.close()
    assert found.statuses[404] > 0
    assert "Undocumented status code" in "".join(found.failures)
