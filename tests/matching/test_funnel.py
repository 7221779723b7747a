"""The funnel: how far pairings came, how fast, why they ended, and who may compare whom."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from services.matching.pairings.models import Pairing, PairingEvent
from shared.contracts.codes import Role
from shared.testing import Call, Caller, SavepointDatabase, granted
from tests.matching.market import ZHAOJUE, announce, make_demand, make_organization, make_supply
from tests.matching.pairing_steps import Scene, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")
FUNNEL = "/matching/v1/funnel"
OTHER_COUNTY = "513432000000"


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    """Give a county one completed, one fallen through, one declined and one held pairing, and another county one."""
    scene = await set_scene(database, call, supply={"capacity_total": 9})
    steps: tuple[tuple[str, ...], ...] = (("start", "complete"), ("start", "fall-through"))
    for number, reported in enumerate(steps):
        demand = make_demand(fields=["education"] if number else ["education", "health"])
        await announce(database, demand)
        pairing_id = await scene.order(demand_id=demand.id)
        await scene.agree(pairing_id)
        await scene.confirm(pairing_id)
        for step in reported:
            body = {"reason": "no_funds"} if step == "fall-through" else {}
            assert (await scene.report(scene.foundation, pairing_id, step, **body)).status_code == 200
    declined = await scene.order()
    await scene.answer(scene.foundation, declined, "supply", "declined", reason="no_capacity")
    held = make_organization(credit_status="abnormal")
    offer, elsewhere = make_supply(held), make_demand(division=OTHER_COUNTY, owner_division=OTHER_COUNTY)
    await announce(database, held, offer, elsewhere)
    assert (await scene.propose(scene.office, supply_id=offer.id)).json()["status"] == "on_hold"
    assert (await scene.propose(scene.province, demand_id=elsewhere.id)).status_code == 201
    return scene


async def read(by: Caller, **query: Any) -> dict[str, Any]:
    answer = await by.get(FUNNEL, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_step_counts_what_came_as_far_and_the_rate_is_started_of_pushed(scene: Scene) -> None:
    total = (await read(scene.office))["total"]
    assert total["counts"] == {
        "proposed": 4, "pushed": 3, "in_talks": 2, "confirmed": 2, "started": 2, "completed": 1,
    }  # fmt: skip
    assert total["success_rate"] == 0.6667
    assert total["declines"] == [{"side": "supply", "reason": "no_capacity", "count": 1}]
    assert total["fell_through"] == [{"side": "supply", "reason": "no_funds", "count": 1}]


async def test_the_times_between_the_steps_are_medians(scene: Scene) -> None:
    async with scene.database.transaction() as session:
        # The two that were confirmed were so 2 and 4 days after the talks began.
        talks = (
            await session.execute(PairingEvent.__table__.select().where(PairingEvent.happened == "in_talks"))
        ).all()
        for days, one in zip((2, 4), talks, strict=True):
            confirmed = (PairingEvent.pairing_id == one.pairing_id, PairingEvent.happened == "confirmed")
            changed = update(PairingEvent).where(*confirmed).values(at=one.at + timedelta(days=days))
            await session.execute(changed, execution_options={"audit": "a test"})
    medians = (await read(scene.office))["total"]["median_days"]
    assert medians["confirmed"] == 3.0
    assert medians["pushed"] == 0.0


async def test_each_sees_its_own_figures(scene: Scene) -> None:
    assert (await read(scene.province))["total"]["counts"]["proposed"] == 5
    assert (await read(scene.foundation))["total"]["counts"]["proposed"] == 4
    elsewhere = scene.call(Role.RURAL_OFFICER, division=OTHER_COUNTY)
    assert (await read(elsewhere))["total"]["counts"] == {
        "proposed": 1, "pushed": 1, "in_talks": 0, "confirmed": 0, "started": 0, "completed": 0,
    }  # fmt: skip
    nobody = scene.call(Role.RURAL_OFFICER, division="513433000000")
    empty = await read(nobody, group_by="county")
    assert (empty["total"]["counts"]["proposed"], empty["total"].get("success_rate"), empty["groups"]) == (0, None, [])


async def test_officials_compare_places_and_organizations_the_best_first(scene: Scene) -> None:
    counties = (await read(scene.province, group_by="county"))["groups"]
    assert [(one["key"], one["success_rate"]) for one in counties] == [(ZHAOJUE, 0.6667), (OTHER_COUNTY, 0.0)]
    assert [one["reason"] for one in counties[0]["fell_through"]] == ["no_funds"]
    assert counties[1]["declines"] == []
    [prefecture] = (await read(scene.province, group_by="prefecture"))["groups"]
    assert (prefecture["key"], prefecture["counts"]["pushed"]) == ("513400000000", 4)
    first, second = (await read(scene.province, group_by="organization"))["groups"]
    assert (first["key"], first["name"]) == (str(scene.organization.id), scene.organization.name)
    assert second.get("success_rate") is None  # nothing of the other was pushed


@pytest.mark.parametrize("group_by", ["county", "prefecture", "organization"])
async def test_nobody_else_compares_them(scene: Scene, group_by: str) -> None:
    acting = scene.call(Role.RURAL_OFFICER, division=ZHAOJUE, grant=granted("pairings.read"))
    for by in (scene.foundation, acting):
        refused = await by.get(FUNNEL, params={"group_by": group_by})
        assert (refused.status_code, slug(refused)) == (403, "ranking-for-officials")


async def test_a_pairing_counts_in_each_field_of_its_demand_and_under_its_policy(scene: Scene) -> None:
    fields = {
        one["key"]: one["counts"]["started"] for one in (await read(scene.foundation, group_by="field"))["groups"]
    }
    assert (fields["education"], fields["health"]) == (2, 1)
    [policy] = (await read(scene.foundation, group_by="policy_version"))["groups"]
    assert policy["counts"]["proposed"] == 4


async def test_filters_narrow_what_is_counted(scene: Scene) -> None:
    pairings = (await scene.province.get("/matching/v1/pairings")).json()["items"]
    async with scene.database.transaction() as session:
        old = update(Pairing).where(Pairing.demand_division == OTHER_COUNTY)
        old = old.values(created_at=Pairing.created_at - timedelta(days=400))
        await session.execute(old, execution_options={"audit": "a test"})
    day = pairings[0]["created_at"][:10]
    for query, expected in (
        ({"field": "health"}, 1),
        ({"division": "513400000000"}, 5),
        ({"division": OTHER_COUNTY}, 1),
        ({"organization_id": str(scene.organization.id)}, 4),
        ({"policy_version": "none"}, 0),
        ({"proposed_from": "0001-01-01"}, 5),
        ({"proposed_until": "9999-12-31"}, 5),
        ({"proposed_from": "2000-01-01", "proposed_until": "2001-01-01"}, 0),
        ({"proposed_until": f"{int(day[:4]) - 1}-12-30"}, 1),
    ):
        assert (await read(scene.province, **query))["total"]["counts"]["proposed"] == expected, query
