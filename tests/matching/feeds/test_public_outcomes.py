"""The public feed of outcomes: which demand and supply came together, and nothing that points at anybody."""

from typing import Any

from shared.contracts.codes import Role
from shared.contracts.matching import OUTCOME_CHANGED
from shared.db import Database
from shared.testing import Call, Caller
from tests.matching.pairing_steps import Scene, set_scene

FEED = "/matching/v1/public-feed"


async def read(reader: Caller, **params: Any) -> list[dict[str, Any]]:
    answer = await reader.get(FEED, params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def confirmed(scene: Scene) -> str:
    pairing_id = await scene.order()
    await scene.agree(pairing_id)
    await scene.confirm(pairing_id)
    return pairing_id


async def test_an_outcome_is_shown_once_it_is_one_at_its_newest_and_without_a_text(
    database: Database, call: Call
) -> None:
    scene = await set_scene(database, call)
    partner = call(Role.PARTNER_APPLICATION)
    pairing_id = await scene.order()
    await scene.agree(pairing_id)
    assert await read(partner) == []
    assert (await partner.get(f"{FEED}/snapshot")).json()["items"] == []
    await scene.confirm(pairing_id)
    assert (await scene.report(scene.office, pairing_id, "start")).status_code == 200
    [event] = await read(partner)
    assert (event["type"], event["subject"]) == (OUTCOME_CHANGED, pairing_id)
    assert event["data"] == {
        "pairing_id": pairing_id,
        "status": "started",
        "demand_id": str(scene.demand.id),
        "demand_division": scene.demand.division[:6] + "000000",
        "demand_fields": [one.value for one in scene.demand.fields],
        "supply_id": str(scene.supply.id),
        "organization_id": str(scene.organization.id),
    }
    [item] = (await partner.get(f"{FEED}/snapshot")).json()["items"]
    assert item["data"] == event["data"]


async def test_what_falls_through_is_deleted(database: Database, call: Call) -> None:
    scene = await set_scene(database, call)
    partner = call(Role.PARTNER_APPLICATION)
    pairing_id = await confirmed(scene)
    ended = await scene.report(scene.office, pairing_id, "fall-through", reason="no_funds")
    assert ended.status_code == 200, ended.text
    [event] = await read(partner)
    assert (event["method"], event["subject"], "data" in event) == ("DELETE", pairing_id, False)
    assert (await partner.get(f"{FEED}/snapshot")).json()["items"] == []


async def test_filters_look_at_what_is_shown_alone(database: Database, call: Call) -> None:
    scene = await set_scene(database, call)
    partner = call(Role.PARTNER_APPLICATION)
    await confirmed(scene)
    county = scene.demand.division[:6] + "000000"
    for wanted, number in (
        ({"division": county}, 1),
        ({"division": scene.demand.division}, 0),  # the village is nobody's business
        ({"types": OUTCOME_CHANGED}, 1),
        ({"types": "matching.pairing.confirmed.v1"}, 0),
        ({"field": scene.demand.fields[0].value}, 1),
    ):
        assert len(await read(partner, **wanted)) == number, wanted
